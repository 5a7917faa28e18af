import { describe, expect, it } from 'vitest';
import { comparison } from '../../experiments/report/charts/training/comparison.js';
import type { Page } from '../../experiments/report/page/page.js';
import { learningCurves } from '../../experiments/report/charts/training/learningCurves.js';
import { renderPage } from '../../experiments/report/page/renderPage.js';
import { run } from './drawn.js';

const figure = comparison({
  title: 'Final loss',
  x: { title: 'cross-entropy', unit: 'nats' },
  estimate: 'mean',
  arms: [{ name: 'cold </script>', point: 1, low: 0.9, high: 1.1, values: [0.9, 1.1] }],
});

const page: Page = {
  title: 'Report & <more>',
  prose: ['One run of <study>.'],
  sections: [
    {
      title: 'Verdicts',
      tables: [
        {
          caption: 'Claims',
          headers: ['claim', 'p', 'verdict'],
          rows: [
            ['W1 <b>', 0.25, { verdict: 'supported' }],
            ['W2', null, { verdict: 'refuted: worse' }],
          ],
        },
      ],
    },
    { title: 'Arms', sections: [{ title: 'Loss', figures: [{ figure, caption: 'after 10 epochs' }] }] },
  ],
};

describe('renderPage', () => {
  it('escapes text, links the contents, and needs nothing from elsewhere', async () => {
    const html = await renderPage(page);
    expect(html).toContain('<title>Report &amp; &lt;more></title>');
    expect(html).toContain('<p>One run of &lt;study>.</p>');
    for (const [id, title] of [
      ['section-1', 'Verdicts'],
      ['section-2', 'Arms'],
      ['section-2-1', 'Loss'],
    ]) {
      expect(html).toContain(`<a href="#${id}">${title}</a>`);
      expect(html).toMatch(new RegExp(`<h[23] id="${id}">${title}</h[23]>`));
    }
    expect(html).not.toMatch(/<script|<link|<img|@import|url\((?!#)/);
    expect(await renderPage(page)).toBe(html);
  });

  it('aligns columns of numbers and marks verdicts', async () => {
    const html = await renderPage(page);
    expect(html).toContain(
      '<tr><td data-name="claim">W1 &lt;b></td><td class="right" data-name="p">0.2500</td><td data-name="verdict"><span class="verdict supported">supported</span></td></tr>',
    );
    expect(html).toContain(
      '<td class="right empty" data-name="p">-</td><td data-name="verdict"><span class="verdict refuted-worse">refuted: worse</span>',
    );
    expect(html).toContain('<caption>Claims</caption>');
  });

  it('folds long tables', async () => {
    const rows = Array.from({ length: 31 }, (_, i) => [i]);
    const html = await renderPage({
      title: 't',
      sections: [{ title: 's', tables: [{ caption: 'Trials', headers: ['trial'], rows }] }],
    });
    expect(html).toContain('<details><summary>Trials (31 rows)</summary>');
    expect(html).not.toContain('<nav');
  });

  it('holds a drawing for wide and one for narrow screens, with words and legend as text', async () => {
    const html = await renderPage(page);
    expect(html).toMatch(
      /<figure><figcaption><b>Final loss<\/b>.*<span>after 10 epochs<\/span><\/figcaption><svg class="wide".*<\/svg><svg class="narrow".*<\/svg><\/figure>/s,
    );
    // One title a picture.
    expect(html.match(/>Final loss/g)).toHaveLength(1);
    const curves = learningCurves({
      ...{ title: 't', x: { title: 'epoch' }, y: { title: 'loss' } },
      arms: ['a', 'b <i>'].map((name, i) => ({ name, runs: [run(3 + i, 2, 1)] })),
    });
    const { sections } = page;
    const drawn = await renderPage({
      title: 't',
      sections: [{ ...sections[0], figures: [{ figure: curves }] }],
    });
    expect(drawn).toMatch(
      /<ul class="legend"><li><svg.*<\/svg>a \(n = 1\)<\/li><li>.*b &lt;i> \(n = 1\)<\/li><\/ul>/,
    );
    // What a dot stands for, under the pointer.
    expect(drawn).toContain('<title>epoch: 2; loss: 2; arm: a (n = 1)</title>');
  });

  it('shows a folded figure to who opens it', async () => {
    const html = await renderPage({
      title: 't',
      sections: [{ title: 's', figures: [{ figure, folded: '3 more arms' }] }],
    });
    expect(html).toMatch(/<details><summary>3 more arms<\/summary><figure>.*<\/figure><\/details>/s);
  });

  it('turns every colour of a drawing for a dark screen', async () => {
    const html = await renderPage(page);
    const used = new Set([...html.matchAll(/ (?:fill|stroke)="(#[0-9a-f]+)"/gi)].map(([, color]) => color));
    expect(used.size).toBeGreaterThan(3);
    for (const color of used) expect(html).toContain(`figure svg [fill="${color}"] { fill: #`);
  });
});
