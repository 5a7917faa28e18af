/** What vmap refuses, and the words it does so in. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  ShapeError,
  type Tensor,
  UsageError,
  add,
  mul,
  normal,
  tensor,
  vmap,
} from '../../engine/index.js';

const random = new Generator(8);
const draw = (...shape: readonly number[]): Tensor => normal(random, shape, { dtype: 'float64' });
const double = (values: number | readonly number[]): Tensor => tensor(values, { dtype: 'float64' });

describe('errors name', () => {
  const f = function loss(p: { weight: Tensor; b: Tensor }, x: Tensor): Tensor {
    return add(mul(p.weight, x), p.b);
  };
  const p = { weight: draw(3, 2), b: draw(3, 2) };
  const run =
    (options: unknown, ...args: readonly unknown[]) =>
    () =>
      (vmap as (g: unknown, o: unknown) => (...all: readonly unknown[]) => unknown)(f, options)(...args);

  it.each<[string, () => unknown, string]>([
    [
      'two sizes',
      run({}, p, draw(4, 2)),
      'vmap(loss): argument 1 [4,2] has size 4 along its batch axis 0, but argument 0.weight [3,2] has size 3 along its batch axis 0; all must have one size. Set in to null for what all examples share.',
    ],
    [
      'an axis out of range',
      run({ in: [0, 2] }, p, draw(3, 2)),
      'vmap(loss): argument 1 has shape [3,2] and no axis 2; say with in where its batch axis is, or null if all examples share it.',
    ],
    ['a scalar', run({}, p, double(1)), 'vmap(loss): argument 1 has shape [] and no axis 0'],
    [
      'axes for another number of arguments',
      run({ in: [0] }, p, draw(3, 2)),
      'vmap(loss): in has one entry, but the list of arguments has 2.',
    ],
    [
      'a tree with another key',
      run({ in: [{ weights: 0, b: 0 }, 0] }, p, draw(3, 2)),
      "vmap(loss): in at 0 has the key weights, which argument 0 has not. Did you mean 'weight'?",
    ],
    [
      'a tree without a key',
      run({ in: [{ weight: 0 }, 0] }, p, draw(3, 2)),
      'vmap(loss): in at 0 has no entry for b of argument 0; write null if all examples share it.',
    ],
    [
      'a tree for a tensor',
      run({ in: [0, { w: 0 }] }, p, draw(3, 2)),
      'vmap(loss): in at 1 has the keys w, but argument 1 has none.',
    ],
    [
      'a list for a tensor',
      run({ in: [0, [0]] }, p, draw(3, 2)),
      'vmap(loss): in at 1 is a list, but argument 1 is none.',
    ],
    [
      'what is no axis',
      run({ in: [0, 0.5] }, p, draw(3, 2)),
      'vmap(loss): in at 1 must be an axis (an integer), null, or a tree of them; got the number 0.5.',
    ],
    [
      'an axis of a number',
      run({ in: [0, 0] }, p, 2),
      'vmap(loss): in at 1 is axis 0, but argument 1 holds no tensor; write null, or tensor(...) for numbers.',
    ],
    [
      'nothing batched',
      run({ in: null }, p, draw(2)),
      'vmap(loss): no argument has a batch axis: in is null for all of their tensors.',
    ],
    ['no tensors', run({}, 1, 'text'), 'vmap(loss): no argument has a batch axis: they hold no tensors.'],
    [
      'an axis of the result',
      run({ out: 2 }, p, draw(3, 2)),
      'vmap(loss): the result has shape [3,2] and no axis 2; say with out where',
    ],
    [
      'a misspelt option',
      run({ int: 0 }, p, draw(3, 2)),
      "vmap: there is no option 'int'. Did you mean 'in'?",
    ],
    ["JAX's option", run({ in_axes: 0 }, p, draw(3, 2)), "vmap: there is no option 'in_axes'. Write 'in'."],
    [
      'an option of another kind',
      run({ in: 'w' }, p, draw(3, 2)),
      'vmap: in must be an axis (an integer), null, or a list with an entry for each argument',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(/size|shape/.test(message.split(';')[0]) ? ShapeError : UsageError);
  });
});
