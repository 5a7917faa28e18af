import { UsageError } from '../core/errors.js';
import { sameShape } from '../ir/layout.js';
import type { Signature } from '../ir/kernel.js';
import { Tensor } from '../core/tensor.js';
import { firstDifference } from '../plan/trace/retrace.js';
import { type ClosedTrace, traceClosed } from '../plan/trace/trace.js';

/** The functions that gave the same plan twice. */
const steady = new WeakSet<object>();
let isSecond = false;

/**
 * The closed trace of a function that is traced once and run many times. What JavaScript changes from call to call would be
 * that of the first; so a function that is met for the first time is traced twice, and the two plans are compared.
 * @param of The function as its caller knows it.
 * @throws UsageError if the plans differ.
 */
export function traceTwice<Result>(
  caller: string,
  of: object,
  signatures: readonly Signature[],
  f: (tensors: readonly Tensor[]) => Result,
  outputsOf: (result: Result) => readonly Tensor[],
): ClosedTrace<Result> {
  const start = new Tensor([], 'float32', { variable: 0 }).serial;
  const first = traceClosed(caller, signatures, f, outputsOf);
  if (isSecond || steady.has(of)) return first;
  isSecond = true;
  try {
    const second = traceClosed(caller, signatures, f, outputsOf);
    const change =
      captureDifference(first.captured, second.captured, start) ??
      firstDifference(first.plan, second.plan)?.what;
    if (change !== undefined)
      throw new UsageError(
        `${caller}: the step does something else when it is called again: ${change}. It is traced, and what it did is ` +
          'repeated, so a number that JavaScript changes would stay the same: carry it as a tensor, or pass one for each step as items.',
      );
  } finally {
    isSecond = false;
  }
  steady.add(of);
  return first;
}

/** How the tensors that two traces took from outside differ, those made from numbers during a trace by their numbers. */
function captureDifference(
  first: readonly Tensor[],
  second: readonly Tensor[],
  start: number,
): string | undefined {
  if (first.length !== second.length) return 'it reads other tensors';
  for (const [i, a] of first.entries()) {
    const b = second[i];
    if (a === b) continue;
    if (a.serial < start || b.serial < start || a.dtype !== b.dtype || !sameShape(a.shape, b.shape))
      return 'it reads another tensor';
    const [old, next] = [a.toTypedArray(), b.toTypedArray()];
    const at = old.findIndex((number, k) => !Object.is(number, next[k]));
    if (at >= 0) return `the number ${old[at]} is now ${next[at]}`;
  }
  return undefined;
}
