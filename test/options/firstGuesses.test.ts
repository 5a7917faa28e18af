/** Calls as somebody who comes from another library, or from JavaScript, writes them first: what the errors say. */
import { describe, expect, it } from 'vitest';
import * as engine from '../../engine/index.js';
import { countParameters } from '../../engine/nn/index.js';
import { adam, globalNorm, restoreSnapshot, trainer } from '../../optimizers/index.js';

const { gradcheck, keep, ones, repeat, tensor, trace, zipTrees } = engine;

const matrix = ones([2, 3]);

/** A call that the types forbid. */
const loosely = (f: unknown, ...args: readonly unknown[]): unknown =>
  (f as (...all: readonly unknown[]) => unknown)(...args);

describe('errors name the function that was called, not one that it calls', () => {
  it.each<[string, () => unknown]>([
    ['trace', () => loosely(trace, (x: unknown) => x)],
    [
      'repeat',
      () =>
        loosely(
          repeat(2, (x: engine.Tensor) => [x, null] as const),
          ones([1]),
        ),
    ],
    ['keep', () => keep(3)],
    ['gradcheck', () => loosely(gradcheck, (x: engine.Tensor) => x, [3])],
    ['gradcheck', () => loosely(gradcheck, () => 3, [tensor(1, { dtype: 'float64' })])],
    ['countParameters', () => loosely(countParameters, 3)],
    ['globalNorm', () => globalNorm(3)],
    ['trainer', () => trainer(adam(), [matrix]).step(([w]) => w)],
    ['trainer', () => trainer(adam(), [matrix]).step(() => tensor(1))],
    ['restoreSnapshot', () => restoreSnapshot(new Uint8Array(3), trainer(adam(), [matrix]), ['params'])],
    ['stack', () => engine.stack([ones([2]), ones([3])])],
  ])('%s', (name, run) => {
    expect(run).toThrow(new RegExp(`^${name}: `));
  });
});

describe('errors describe the value in words', () => {
  const odd: unknown = Object.create({ constructor: null });
  const iterator = function* (): Generator<number> {
    yield 1;
  };
  const nameless = new (class {
    readonly x = 1;
  })();
  it.each<[string, unknown]>([
    ['an iterator', iterator()],
    ['an instance of a class without a name', nameless],
    ['an instance of a class without a name', odd],
    ['a Uint8Array', new Uint8Array(2)],
    ['an Int8Array', new Int8Array(2)],
  ])('%s', (text, value) => {
    expect(() => loosely(engine.sum, value)).toThrow(`got ${text};`);
  });
});

describe('first guesses', () => {
  it('norm(x, p) is no norm along the axis p', () => {
    expect(() => loosely(engine.norm, matrix, 1)).toThrow(/^norm: options are an object/);
    expect(() => loosely(engine.norm, matrix, { ord: 1 })).toThrow('The order of the norm is called p.');
    expect(matrix.norm({ dim: 1 }).shape).toEqual([2]);
  });

  it('slice takes integers, and its errors name its options', () => {
    expect(() => matrix.slice({ step: -1 })).toThrow(
      'slice: step must be an integer >= 1; got the number -1.',
    );
    expect(() => matrix.slice({ start: 1.5 })).toThrow(
      'slice: start must be an integer; got the number 1.5.',
    );
    expect(() => loosely(engine.slice, matrix, { stop: 1 })).toThrow("Did you mean 'end'?");
  });

  it('reshape leaves one size open', () => {
    expect(() => matrix.reshape([-1, -1])).toThrow('reshape: [-1,-1] leaves more than one size open');
    expect(matrix.reshape([3, -1]).shape).toEqual([3, 2]);
  });

  it('pad takes no pairs', () => {
    const pairs = [
      [1, 1],
      [0, 0],
    ];
    expect(() => loosely(engine.pad, matrix, pairs)).toThrow(/in one list, .*got an array of 2 in it/);
  });

  it('stack shows the shapes that were given', () => {
    expect(() => engine.stack([ones([2]), ones([3])])).toThrow('stack: [2], [3] are not of one shape');
  });

  it('zipTrees tells both differences in one sentence', () => {
    expect(() => zipTrees({ a: matrix }, { b: matrix }, (a) => a)).toThrow(
      'the second lacks a and has b besides. Both',
    );
  });
});
