import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Graph,
  type Tensor,
  grad,
  graphOf,
  graphToSvg,
  group,
  mul,
  stopGradient,
  sum,
  tensor,
} from '../../engine/index.js';
import { root } from '../sources.js';

const f = (t: Tensor): Tensor =>
  sum(group('a "bold" <group>', () => mul(t, t)).add(group('cut', () => stopGradient(mul(t, 2), 'why'))));

const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

describe('graphToSvg', () => {
  it('draws nodes, their numbers, groups and a legend', async () => {
    const svg = await graphToSvg(graphOf(f, tensor([1, 2])));
    expect(svg).toMatch(/<svg class="metagrad-graph" [^>]*>\n<style>[^]*<\/style>/);
    expect(svg.trimEnd()).toMatch(/<\/svg>$/);
    const texts = textsOf(svg).map((text) => text.replaceAll('&#45;', '-').replaceAll('&#160;', ' '));
    for (const text of ['mul', 'float32[2]', '[1, 4]', 'a &quot;bold&quot; &lt;group&gt;', 'cut', 'Legend'])
      expect(texts).toContain(text);
    for (const text of [
      'an argument of the function',
      'a result',
      ' the gradient flows back',
      ' no gradient',
    ])
      expect(texts.map((each) => each.trim())).toContain(text.trim());
    expect(texts.join(' ')).not.toContain('a part of a gradient');
    expect(svg).toMatch(/<g id="a_node\d+"><a [^>]*xlink:title="[^"]*svg\.test\.ts:\d+:\d+"/);
  });

  it('has a dark color for every light one', async () => {
    const svg = await graphToSvg(graphOf(grad(f), tensor([1, 2])));
    const [style] = /<style>[^]*<\/style>/.exec(svg)!;
    const used = new Set(
      [...svg.replace(style, '').matchAll(/ (fill|stroke)="([^"]+)"/g)].map(
        ([, role, color]) => `${role}="${color}"`,
      ),
    );
    used.delete('fill="none"');
    used.delete('stroke="none"');
    used.delete('stroke="transparent"');
    expect(used.size).toBeGreaterThan(5);
    for (const each of used) expect(style, each).toContain(`[${each}]`);
  });

  it('rejects what is no graph', async () => {
    await expect(graphToSvg({} as Graph)).rejects.toThrow(/^graphToSvg: takes a graph/);
  });

  it('loads what draws at the first picture only', () => {
    const folder = join(root, 'engine/inspect');
    const importing = readdirSync(folder).filter((name) =>
      /^import .*'@viz-js\/viz'/m.test(readFileSync(join(folder, name), 'utf8')),
    );
    expect(importing).toEqual([]);
  });
});
