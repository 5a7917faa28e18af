/** Measures and numbers in words. */
import type { Interval } from '../../stats/index.js';
import type { Measure } from '../../studies/config.js';
import { objectiveOf } from '../../tasks/task.js';
import type { RunData } from '../record/runData.js';

/** What a measure is, as in `the test cross-entropy after 10 epochs`. */
export function measureInWords(data: RunData, how: Measure): string {
  if (how.kind === 'logTuned') return `the logarithm of the tuned ${how.parameter}`;
  const metric = titleOf(data, how.metric ?? objectiveOf(data.metrics));
  switch (how.kind) {
    case 'metric':
      return `the ${metric} ${after(how.epoch)}`;
    case 'epochsTo':
      return `the number of epochs to a ${metric} of ${list(how.values.map(String))}`;
    case 'epochsToReach':
      return `the number of epochs to the ${metric} of ${how.arm} after ${list(how.epochs.map(String))} epochs on other seeds`;
    case 'epochsBetter':
      return `the share of epochs at which the ${metric} is better than that of ${how.arm}`;
    case 'range':
      return `the range of ${metric} within a training`;
    case 'area':
      return `the mean ${metric} over the sweep${window(how)}`;
    case 'excess':
      return `the mean excess of the ${metric} over the best of the sweep`;
  }
}

function titleOf({ metrics }: RunData, metric: string): string {
  return Object.hasOwn(metrics, metric) ? `test ${metrics[metric].title}` : metric;
}

function after(epoch: number | 'best' | undefined): string {
  if (epoch === undefined) return 'after the last epoch';
  return epoch === 'best' ? 'after the epoch that was best on tuneVal' : `after ${epoch} epochs`;
}

function window({
  low,
  high,
}: {
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}): string {
  if (low === undefined) return high === undefined ? '' : ` up to ${high}`;
  return high === undefined ? ` from ${low} on` : ` from ${low} to ${high}`;
}

/** `a`, `a and b`, `a, b and c`. */
export const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;

/** A number with its interval, `0.031 [0.010, 0.052]`: to the digits that the interval leaves sure. */
export function withInterval(value: number, { low, high }: Interval): string {
  const digits = decimals(high - low);
  return `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

const decimals = (width: number): number =>
  width > 0 && Number.isFinite(width) ? Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(width)))) : 4;
