/** Every program in every composition of transformations, eager and compiled, against loops of JavaScript. */
import { describe, expect, it } from 'vitest';
import { type Tensor, compile, tensor } from '../../engine/index.js';
import { relativeError } from '../compile/values.js';
import { programs, surroundings } from './programs.js';
import { loops, transformations, uses } from './tools.js';

/** Rows that take both branches of every choice. */
const x = tensor(
  [
    [0.31, 0.12, 0.55, 0.23],
    [-0.42, 0.37, 0.15, -0.26],
    [0.19, 0.61, -0.33, 0.44],
  ],
  { dtype: 'float64' },
);

/** Their plans take the time of all the others together, and hold nothing that those do not. */
const eagerOnly = ['grad of grad of grad', 'grad of grad of scan of grad'];

/** Third derivatives add up some hundreds of roundings. */
const tolerance = 1e-10;

describe.each(Object.keys(programs))('%s', (name) => {
  it.each(Object.keys(uses))('%s', (use) => {
    const expected = uses[use](loops, programs[name](loops, surroundings))(x);
    const composed = (rows: Tensor, from: typeof surroundings): Tensor =>
      uses[use](transformations, programs[name](transformations, from))(rows);
    expect(expected.toTypedArray().every(Number.isFinite)).toBe(true);
    expect(relativeError(composed(x, surroundings), expected)).toBeLessThan(tolerance);
    if (eagerOnly.includes(use)) return;
    expect(relativeError(compile(composed)(x, surroundings), expected)).toBeLessThan(tolerance);
  });
});
