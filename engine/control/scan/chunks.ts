import type { Tensor } from '../../core/tensor.js';
import { cat, narrow } from '../../ops/movement.js';
import type { Loop } from '../../plan/trace/plan.js';
import { traceClosed } from '../../plan/trace/trace.js';
import { reshape } from '../../primitives/index.js';
import { scanOperation } from './operation.js';

/**
 * A loop as a loop of `chunks` loops of equally many steps, and one of the steps that remain. Its gradient keeps the carries
 * at the beginning of each chunk, and those within one while it takes that chunk back.
 */
export function applyInChunks(inputs: readonly Tensor[], loop: Loop, chunks: number): readonly Tensor[] {
  const { carry, items, length, reverse } = loop;
  const size = Math.floor(length / chunks);
  const nested = chunks * size;
  const isItem = (i: number): boolean => i >= carry && i < carry + items;
  const part = (from: number, to: number): Tensor[] =>
    inputs.map((x, i) => (isItem(i) ? narrow(x, 0, from, to) : x));
  const inner = { ...loop, length: size };
  const chunked = (given: readonly Tensor[]): readonly Tensor[] => {
    const rows = given.map((x, i) => (isItem(i) ? reshape(x, [chunks, size, ...x.shape.slice(1)]) : x));
    const signatures = rows.map(({ shape, dtype }, i) => ({
      shape: isItem(i) ? shape.slice(1) : shape,
      dtype,
    }));
    const { plan } = traceClosed(
      'scan',
      signatures,
      (x) => scanOperation.apply(x, inner),
      (results) => results,
    );
    const results = scanOperation.apply(rows, { ...loop, body: plan, length: chunks });
    return results.map((x, k) => (k < carry ? x : reshape(x, [nested, ...x.shape.slice(2)])));
  };
  if (nested === length) return chunked(inputs);
  const remaining = { ...loop, length: length - nested };
  const steps = [
    (given: readonly Tensor[]) => chunked([...given, ...part(0, nested).slice(given.length)]),
    (given: readonly Tensor[]) =>
      scanOperation.apply([...given, ...part(nested, length).slice(given.length)], remaining),
  ];
  const [firstSteps, lastSteps] = reverse ? steps.reverse() : steps;
  const first = firstSteps(inputs.slice(0, carry));
  const last = lastSteps(first.slice(0, carry));
  return last.map((x, k) => (k < carry ? x : cat(reverse ? [x, first[k]] : [first[k], x])));
}
