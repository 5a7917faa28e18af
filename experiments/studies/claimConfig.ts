/** The schemas of claims and of the measures by which they compare arms. */
import { z } from 'zod';
import { suggestion } from '../../engine/core/nearest.js';
import { isPlainObject } from '../../engine/core/options.js';
import { tests } from '../stats/verdicts.js';
import { count } from './armConfig.js';

const metric = z.string().optional();

/** The last epoch that counts; by default the last of the training. */
const until = count.optional();

/** An error map for keys that earlier versions had: the message says what to write now. */
const moved =
  (keys: Readonly<Record<string, string>>) =>
  (issue: z.core.$ZodRawIssue): string | undefined => {
    const key = issue.code === 'unrecognized_keys' && issue.keys.length === 1 ? issue.keys[0] : '';
    return Object.hasOwn(keys, key) ? keys[key] : undefined;
  };

/** One number of a training run, a search or a sweep, to compare arms by. */
const measures = [
  /**
   * A metric after an epoch, by default the last. Other kinds use the objective by default. `best`: after the epoch at which the
   * objective on tuneVal was best, as with early stopping.
   */
  z.strictObject({
    kind: z.literal('metric'),
    metric: z.string(),
    epoch: z.union([count, z.literal('best')]).optional(),
  }),
  /**
   * The first epoch after which the metric is as good as a value; if none is, one more than there are, or than `until`. The mean
   * over the values.
   */
  z.strictObject(
    { kind: z.literal('epochsTo'), values: z.array(z.number()).min(1), metric, until },
    { error: moved({ value: "it is called 'values' now, a list, as in values: [0.5]" }) },
  ),
  /** The same for the mean of an arm's metric after each of `epochs`, over all other seeds than the training's. */
  z.strictObject(
    { kind: z.literal('epochsToReach'), arm: z.string(), epochs: z.array(count).min(1), metric, until },
    { error: moved({ epoch: "it is called 'epochs' now, a list, as in epochs: [5, 10]" }) },
  ),
  /** The share of epochs, all but the last, after which the metric is better than that of an arm on the same seed; ties count half. */
  z.strictObject({ kind: z.literal('epochsBetter'), arm: z.string(), metric }),
  /** The largest less the smallest value of a metric over the epochs of a training; with `log`, of its natural logarithm. */
  z.strictObject({ kind: z.literal('range'), metric: z.string(), until, log: z.literal(true).optional() }),
  /** The natural logarithm of a tuned parameter, one for each search. */
  z.strictObject({ kind: z.literal('logTuned'), parameter: z.string() }),
  /** Of a sweep: the mean of the final metric over the log of the values, from `low` to `high`. */
  z.strictObject({
    kind: z.literal('area'),
    metric,
    low: z.number().optional(),
    high: z.number().optional(),
  }),
  /** Of a sweep: the mean over its values of the final metric less the best one among them; infinitely bad where all diverged. */
  z.strictObject({ kind: z.literal('excess'), metric }),
] as const;

const kinds = measures.map(({ shape }) => shape.kind.value);

/** The kinds of measures that earlier versions had. */
const formerKinds: Readonly<Record<string, string>> = {
  secondsTo: 'seconds are described in a table and never judged; compare epochs by epochsTo',
  logSpread: "there is no logSpread any more; 'excess' is the mean excess over the arm's best result",
};

const measure = z.discriminatedUnion('kind', measures, {
  error: ({ input }) => {
    const kind = isPlainObject(input) ? input.kind : undefined;
    if (typeof kind !== 'string') return `it needs a kind, one of ${kinds.join(', ')}`;
    if (Object.hasOwn(formerKinds, kind)) return formerKinds[kind];
    const guess = suggestion(kind, kinds);
    return `there is no measure '${kind}'; there are ${kinds.join(', ')}${guess === '' ? '' : `.${guess}`}`;
  },
});

export const claim = z.strictObject({
  id: z.string(),
  statement: z.string(),
  /** The figures of the write-up, in words, and those of its program: `program/figure`. */
  stated: z.string().optional(),
  reproductions: z.array(z.string()).default([]),
  arm: z.string(),
  /** The arms that it is compared with; the claim needs all comparisons. */
  against: z.array(z.string()).default([]),
  /** A number that it is compared with, instead of arms. */
  value: z.number().optional(),
  /** Claims that check whether what this one is about took place at all, as in `the gate moves`. */
  checks: z.array(z.string()).default([]),
  measure,
  /** The claim about measure(arm) - measure(against): below 0, above 0, or within +-margin. */
  test: z.enum(tests, {
    error: ({ input }) =>
      input === 'lowerThroughout'
        ? "there is no lowerThroughout any more; measure 'epochsBetter', the share of epochs, against a value"
        : undefined,
  }),
  /** Differences smaller than this do not matter, in the units of the measure. */
  margin: z.number().positive({
    error: 'a margin is above 0: the smallest difference that matters, in the units of the measure',
  }),
});

/** Arms that a measure reads beside the one that is measured. */
export const armsOfMeasure = (how: z.output<typeof measure>): readonly string[] =>
  'arm' in how ? [how.arm] : [];
