import { type Distribution, toInternal } from '../space/distributions.js';
import type { TrialRecord } from '../log/records.js';
import type { Bounds } from './treeVariance.js';

/** Trials as columns of numbers for a forest: a number as itself, or its logarithm; a choice as one 0/1 column each. */
export type Encoding = {
  readonly columns: readonly (readonly number[])[];
  readonly bounds: Bounds;
  /** The columns of each parameter. */
  readonly columnsOf: readonly (readonly number[])[];
};

/** Encodes the parameters of a space, with log ranges in log(x) if `scale` is `log`. */
export function encode(
  space: ReadonlyMap<string, Distribution>,
  trials: readonly TrialRecord[],
  scale: 'log' | 'raw',
): Encoding {
  const columns: number[][] = [];
  const bounds: [number, number][] = [];
  const columnsOf: number[][] = [];
  for (const [name, distribution] of space) {
    const internal = trials.map((trial) => toInternal(distribution, trial.params[name]));
    const first = columns.length;
    if (distribution.kind === 'categorical') {
      distribution.choices.forEach((_, choice) => {
        columns.push(internal.map((value) => (value === choice ? 1 : 0)));
        bounds.push([0, 1]);
      });
    } else {
      const transform = distribution.log && scale === 'log' ? Math.log : Number;
      columns.push(internal.map((value) => transform(value)));
      bounds.push([transform(distribution.low), transform(distribution.high)]);
    }
    columnsOf.push(columns.slice(first).map((_, i) => first + i));
  }
  return { columns, bounds, columnsOf };
}
