/** What determines a run's results, as data: checked, overridable, and written to its record. */
import { z } from 'zod';
import { protocols, trainingRows } from '../tasks/splits.js';
import { suggestion } from '../../engine/core/nearest.js';

/** Where a number is searched; `int`: an integer. */
const range = z
  .strictObject({
    low: z.number(),
    high: z.number(),
    log: z.boolean().default(false),
    int: z.boolean().optional(),
  })
  .refine(({ low, high }) => low <= high, 'low must not be above high')
  .refine(({ low, log }) => !log || low > 0, 'a log range needs low > 0')
  .refine(({ low, high }) => Number.isFinite(high - low), 'it is wider than the largest number')
  .refine(
    ({ low, high, int = false }) => !int || (Number.isSafeInteger(low) && Number.isSafeInteger(high)),
    'a range of integers needs integers as low and high, at most 2^53 - 1',
  );

/** Of what there is one of each: so many that a run of them would never end are a mistake. */
const most = 1_000_000;

const count = z.int().min(1).max(most);

const setting = z.union([z.number(), z.string(), z.boolean()]);

/** What a number, a text or a switch is chosen from. */
const choices = z.strictObject({
  choices: z
    .array(setting)
    .min(1)
    .refine((all) => new Set(all).size === all.length, 'a choice is given twice'),
});

const searched = z.union([choices, range]);

const arm = z.strictObject({
  description: z.string(),
  /** Whether it is what the write-up describes, done right, or another explanation of what it saw. */
  role: z.enum(['corrected', 'control']),
  /** Which of the study's programs trains it, and what that program is told. */
  program: z.string(),
  settings: z.record(z.string(), setting).default({}),
  /** What is tuned. */
  space: z.record(z.string(), searched).default({}),
  /** An arm whose tuned parameters it takes over instead of a search of its own. */
  tunedAs: z.string().optional(),
  /** Arms whose tuned parameters its program looks up. */
  uses: z.array(z.string()).default([]),
  /** The splits that it trains on: baselines may have the rows that meta-learning arms learn from. */
  trainsOn: z.enum(trainingRows).default('train'),
  /** Trained once for each value of a parameter, on every seed, instead of at one value. */
  sweep: z
    .strictObject({
      parameter: z.string(),
      values: z
        .array(z.number())
        .min(2)
        .refine((all) => new Set(all).size === all.length, 'a value is given twice'),
    })
    .optional(),
});

const metric = z.string().optional();

/** One number of a training run, to compare arms by. */
const measure = z.discriminatedUnion('kind', [
  /** A metric after an epoch; after the last unless given. Other kinds mean the objective unless they name a metric. */
  z.strictObject({ kind: z.literal('metric'), metric: z.string(), epoch: count.optional() }),
  /** The first epoch after which the metric is as good as an arm's, with the same seed, after an epoch; one more than there are if none. */
  z.strictObject({ kind: z.literal('epochsToReach'), arm: z.string(), epoch: count, metric }),
  /** The first epoch after which the metric is as good as a number, or the seconds until then. */
  z.strictObject({ kind: z.literal('epochsTo'), value: z.number(), metric }),
  z.strictObject({ kind: z.literal('secondsTo'), value: z.number(), metric }),
  /** The natural logarithm of a tuned parameter. */
  z.strictObject({ kind: z.literal('logTuned'), parameter: z.string() }),
  /** Over the values of a sweep: the logarithm of the largest less the smallest final metric, or their mean over the log of the values. */
  z.strictObject({ kind: z.literal('logSpread'), metric }),
  z.strictObject({ kind: z.literal('area'), metric }),
]);

const claim = z
  .strictObject({
    id: z.string(),
    statement: z.string(),
    /** The figures that the write-up states for it, in words, and those of its program: `program/figure`. */
    stated: z.string().optional(),
    reproductions: z.array(z.string()).default([]),
    arm: z.string(),
    /** Each arm that it is compared with; the claim needs all comparisons. */
    against: z.array(z.string()).min(1),
    measure,
    /**
     * What is claimed of measure(arm) - measure(against): that it is below 0, above 0, inside of +-margin; or that it is below 0
     * at 90 % of all epochs.
     */
    test: z.enum(['lower', 'higher', 'equivalent', 'lowerThroughout']),
    /** Differences smaller than this do not matter, in the units of the measure. */
    margin: z.number().min(0),
  })
  .refine(({ test, margin }) => test !== 'equivalent' || margin > 0, {
    path: ['margin'],
    message: 'equivalence needs a margin above 0',
  });

export const studyConfig = z
  .strictObject({
    /** How data is used. */
    protocol: z.enum(protocols),
    /** What is learned, in the terms of the study: its own schema checks it. */
    task: z.record(z.string(), z.json()).default({}),
    batchSize: count,
    epochs: z.strictObject({ tune: count, final: count }),
    /** Trials of each search. */
    trials: count,
    /** Searches for each arm, from seeds of their own; seed i is trained with what search i (modulo their number) found. */
    searches: count,
    /** Fresh seeds on which each tuned arm is trained and reported. */
    seeds: z.int().min(0).max(most),
    /** How often each program of a write-up is repeated as it was written. */
    reproductions: z.int().min(0).max(most),
    /** The seed from which all others derive. */
    seed: z.int().min(0),
    sampler: z.enum(['tpe', 'random']),
    /** Which trials of a search are given up early; none unless given. */
    pruner: z.enum(['never', 'median']).optional(),
    /** What else the study's programs are told. */
    settings: z.record(z.string(), setting).default({}),
    arms: z.record(z.string(), arm),
    claims: z.array(claim),
  })
  .superRefine((config, context) => {
    const fail: Fail = (path, message) => {
      context.addIssue({ code: 'custom', path, message });
    };
    checkArms(config.arms, fail);
    checkClaims(config, fail);
  });

type Fail = (path: (string | number)[], message: string) => void;

type Arms = Readonly<Partial<Record<string, z.output<typeof arm>>>>;

function checkArms(arms: Arms, fail: Fail): void {
  const tuned = (name: string, path: (string | number)[]): void => {
    const other = own(arms, name);
    if (other === undefined) fail(path, unknownArm(name, arms));
    else if (Object.keys(other.space).length === 0) fail(path, `arm '${name}' is not tuned; give it a space`);
  };
  for (const [name, one] of Object.entries(arms)) {
    const { tunedAs, uses } = one!;
    if (tunedAs !== undefined) tuned(tunedAs, ['arms', name, 'tunedAs']);
    uses.forEach((used, i) => {
      tuned(used, ['arms', name, 'uses', i]);
    });
    if (tunedBefore(name, arms).has(name))
      fail(['arms', name], 'it waits for itself to be tuned; mend `uses` and `tunedAs`');
  }
}

/** All arms that have to be tuned before this one. */
function tunedBefore(name: string, arms: Arms, found = new Set<string>()): ReadonlySet<string> {
  const { uses = [], tunedAs } = own(arms, name) ?? {};
  for (const other of tunedAs === undefined ? uses : [...uses, tunedAs])
    if (!found.has(other)) tunedBefore(other, arms, found.add(other));
  return found;
}

function checkClaims(
  { arms, claims }: { readonly arms: Arms; readonly claims: readonly z.output<typeof claim>[] },
  fail: Fail,
): void {
  claims.forEach(({ arm: claimed, against, measure }, i) => {
    const known = (name: string, path: (string | number)[]): void => {
      if (own(arms, name) === undefined) fail(['claims', i, ...path], unknownArm(name, arms));
    };
    known(claimed, ['arm']);
    against.forEach((other, k) => {
      known(other, ['against', k]);
    });
    if (measure.kind === 'epochsToReach') known(measure.arm, ['measure', 'arm']);
    if (measure.kind === 'logTuned')
      for (const name of [claimed, ...against]) {
        const space = own(arms, name)?.space;
        if (space !== undefined && !isPositive(space[measure.parameter]))
          fail(
            ['claims', i, 'measure'],
            `it is the logarithm of '${measure.parameter}', which arm '${name}' does not search among positive numbers`,
          );
      }
    if (measure.kind !== 'area') return;
    for (const name of [claimed, ...against])
      if (own(arms, name)?.sweep?.values.some((value) => value <= 0) === true)
        fail(
          ['claims', i, 'measure'],
          `an area is over the logarithm of the swept values, and those of '${name}' are not all positive`,
        );
  });
}

/** Whether all values of a range are positive numbers. */
function isPositive(range: z.output<typeof searched> | undefined): boolean {
  if (range === undefined) return false;
  return 'choices' in range
    ? range.choices.every((choice) => typeof choice === 'number' && choice > 0)
    : range.low > 0;
}

function unknownArm(name: string, arms: Arms): string {
  const names = Object.keys(arms);
  const guess = suggestion(name, names);
  return `there is no arm '${name}'; there are ${names.join(', ')}${guess === '' ? '' : `.${guess}`}`;
}

/** An arm of that name, and nothing that every object has, as `constructor`. */
const own = (arms: Arms, name: string) => (Object.hasOwn(arms, name) ? arms[name] : undefined);

export type StudyConfig = Readonly<z.output<typeof studyConfig>>;
export type ConfigInput = z.input<typeof studyConfig>;
export type ArmConfig = StudyConfig['arms'][string];
export type ArmInput = z.input<typeof arm>;
export type ClaimConfig = StudyConfig['claims'][number];
export type Measure = ClaimConfig['measure'];
export type Settings = ArmConfig['settings'];

/** What a search chose, by name. */
export type Parameters = Settings;

/** Where a parameter is searched. */
export type SearchRange = ArmConfig['space'][string];

/** Any part of a configuration. A record is merged entry by entry and `null` takes an entry away; lists are replaced. */
export type Overrides = Readonly<Record<string, unknown>>;

/** `base` with what `overrides` says otherwise. */
export function merge(base: unknown, overrides: unknown): unknown {
  if (!isRecord(base) || !isRecord(overrides)) return overrides;
  const merged = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) continue;
    if (value === null) merged.delete(name);
    else merged.set(name, merged.has(name) ? merge(merged.get(name), value) : value);
  }
  return Object.fromEntries(merged);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
