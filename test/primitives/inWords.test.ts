import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Generator, vjp } from '../../engine/index.js';
import { isFlat } from '../../engine/core/tensor.js';
import { apply, cases, randomLike } from './samples.js';

const names = 'abc';

/** The rules of each case for the inputs through which a gradient flows. */
const rules = cases.flatMap((item) => {
  const at = { inputs: item.inputs, output: apply(item, item.inputs), params: item.params };
  return item.inputs.flatMap((_, input) =>
    isFlat(item.primitive.gradient(input))
      ? []
      : [{ item, at, input, name: item.primitive.name, words: item.primitive.inWords?.(input, at) ?? '' }],
  );
});

/** A formula in words as an expression of JavaScript, as in `g * cos(x)`; null for words that are no formula. */
function expressionOf(words: string): string | null {
  const [formula] = words.split(', and 0 where');
  const token = /\b(?:[gabxy\d]|e|pi|cos|sin|log|sqrt|sigmoid)\b|[-+*/^() ]/g;
  if (formula.replaceAll(token, '') !== '') return null;
  return formula
    .replaceAll(/\b(cos|sin|log|sigmoid) (\w)/g, '$1($2)')
    .replaceAll(/([\w)]) (?=[\w(])/g, '$1 * ')
    .replaceAll(/-(\w)\^2/g, '-($1^2)')
    .replaceAll('^', '**');
}

const { E: e, PI: pi, cos, sin, log, sqrt } = Math;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('the gradient rules in words', () => {
  it('exist for every primitive and every input through which a gradient flows', () => {
    expect(rules.length).toBeGreaterThan(40);
    for (const { name, input, words } of rules) expect(words, `${name}, input ${input}`).toMatch(/\bg\b/);
    for (const { words } of rules) expect(words).not.toMatch(/undefined|NaN|object|=>/);
  });

  it('give the gradient, where they are formulas of numbers', () => {
    const random = new Generator(5);
    const formulas = rules.filter(({ words }) => expressionOf(words) !== null);
    expect(new Set(formulas.map(({ name }) => name)).size).toBeGreaterThan(15);
    for (const { item, at, input, name, words } of formulas) {
      const g = randomLike(at.output, random);
      const gradient = vjp((inputs: typeof item.inputs) => apply(item, inputs))(item.inputs).pullback(g)[
        input
      ];
      const first = (i: number): number => item.inputs[i].toTypedArray()[0];
      const operands =
        item.inputs.length === 1
          ? { x: first(0) }
          : Object.fromEntries(item.inputs.map((_, i) => [names[i], first(i)]));
      const y = at.output.toTypedArray()[0];
      const known = { e, pi, cos, sin, log, sqrt, sigmoid, y, g: g.toTypedArray()[0], ...operands };
      const value = runInNewContext(expressionOf(words)!, known) as number;
      expect(value, `${name}, input ${input}: ${words}`).toBeCloseTo(gradient.toTypedArray()[0], 12);
    }
  });

  it('say what is done to axes and shapes', () => {
    const said = new Set(rules.map(({ name, words }) => `${name}: ${words}`));
    for (const text of [
      'broadcastTo: g summed over axes 0, 2',
      'sum: g repeated along axes 0, 2',
      'sum: g repeated along axis 1',
      'reshape: g reshaped to [2,3]',
      'concat: g from 1 to 4 along axis 1',
      'cast: g as float64',
    ])
      expect(said).toContain(text);
  });
});
