/** Measures and numbers in words. */
import type { Measure } from '../../../studies/config.js';
import { type MetricInfos, objectiveOf } from '../../../tasks/task.js';
import type { RunData } from '../../record/runData.js';
import { isLogarithm } from './measures.js';

/** What a measure is, as in `the test cross-entropy after 10 epochs`; with an arm, as in `the test cross-entropy of warm after ...`. */
export function measureInWords(data: RunData, how: Measure, arm?: string): string {
  const of = arm === undefined ? '' : ` of ${arm}`;
  if (how.kind === 'logTuned') return `the logarithm of the tuned ${how.parameter}${of}`;
  const metric = titleOf(data.metrics, how.metric ?? objectiveOf(data.metrics));
  switch (how.kind) {
    case 'metric':
      return `the ${metric}${of} ${after(how.epoch)}`;
    case 'epochsTo':
      return `the number of epochs${of} to a ${metric} of ${list(how.values.map(String))}${within(how)}`;
    case 'epochsToReach':
      return `the number of epochs${of} to the ${metric} of ${how.arm} after ${list(how.epochs.map(String))} epochs on other seeds${within(how)}`;
    case 'epochsBetter':
      return `the share of epochs at which the ${metric}${of} is better than that of ${how.arm}`;
    case 'range':
      return `the range of ${how.log === true ? 'the logarithm of ' : ''}${metric} within ${how.until === undefined ? 'a training' : `the first ${how.until} epochs`}${of}`;
    case 'area':
      return `the mean ${metric}${of} over the sweep${window(how)}`;
    case 'excess':
      return `the mean excess of the ${metric}${of} over the best of the sweep`;
  }
}

/** A number that a measure is compared with; of a logarithm by what it is the logarithm of, as in `ln 1.5`. */
export const valueInWords = (how: Measure, value: number): string =>
  isLogarithm(how) ? `ln ${short(Math.exp(value))}` : short(value);

/** A number of the configuration without digits that nobody reads. */
export const short = (value: number): string => String(Number(value.toPrecision(4)));

/** The epochs that count, if they are not all. */
const within = ({ until }: { readonly until?: number | undefined }): string =>
  until === undefined ? '' : `, of the first ${until}`;

/** A metric in words: one of the task is measured on the reported split. */
export const titleOf = (metrics: MetricInfos, metric: string): string =>
  Object.hasOwn(metrics, metric) ? `test ${metrics[metric].title}` : metric;

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

/**
 * A number with the ends of its interval in any order, `0.031 [0.010, 0.052]`, to the digits that the interval leaves sure; the
 * number alone where the interval is a point.
 */
export function withInterval(value: number, ...ends: readonly [number, number]): string {
  const width = Math.abs(ends[1] - ends[0]);
  // Of equal differences, rounding apart.
  if (width <= 1e-9 * Math.abs(value)) return String(Number(value.toPrecision(4)));
  const digits = Number.isFinite(width) ? Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(width)))) : 4;
  const [middle, low, high] = [value, Math.min(...ends), Math.max(...ends)].map((x) =>
    x.toFixed(digits).replace(/^-(0\.?0*)$/, '$1'),
  );
  return `${middle} [${low}, ${high}]`;
}
