/** The operations of the reference files under vmap against a loop: values, gradients and second-order gradients. */
import { describe, expect, it } from 'vitest';
import { type Tensor, stack, vmap } from '../../engine/index.js';
import { disagreement, rotated } from '../control/batches.js';
import { type Arguments, argumentsOf, functionsOf } from './cases.js';
import { casesOf } from './files.js';

const cases = ['ops', 'tensors', 'layers', 'linalg'].flatMap((name) =>
  casesOf(new URL(`../fixtures/golden/${name}.json.gz`, import.meta.url).pathname),
);

const changed = (given: Arguments, change: (x: Tensor) => Tensor): Arguments => ({
  floats: given.floats.map(change),
  indices: given.indices.map(change),
  cotangent: change(given.cotangent),
  direction: given.direction?.map(change) ?? null,
});

describe('operations under vmap are the loop', () => {
  it.each(cases.map((item, number) => ({ ...item, title: `${item.name} #${number}` })))('$title', (item) => {
    const given = argumentsOf(item, 'float64');
    const other = changed(given, (x) => rotated(x, 1));
    const both: Arguments = {
      floats: given.floats.map((x, i) => stack([x, other.floats[i]])),
      indices: given.indices.map((x, i) => stack([x, other.indices[i]])),
      cotangent: stack([given.cotangent, other.cotangent]),
      direction: given.direction?.map((x, i) => stack([x, other.direction![i]])) ?? null,
    };
    const { value, gradient, second } = functionsOf(item);
    for (const f of [value, gradient, ...(item.second === null ? [] : [second])]) {
      const [first, next] = [f(given), f(other)];
      const expected = first.map((x, i) => stack([x, next[i]]));
      expect(disagreement(vmap(f)(both), expected, 1e-13)).toBeNull();
    }
  });
});
