/** The configuration of a run, which determines its results: checked, overridable, and written to its record. */
import { z } from 'zod';
import { protocols, trainingRows } from '../tasks/splits.js';
import { suggestion } from '../../engine/core/nearest.js';

/** The range in which a number is searched; `int`: an integer. */
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

/** The limit of all counts: a run with more would never end, so more are a mistake. */
const most = 1_000_000;

const count = z.int().min(1).max(most);

const setting = z.union([z.number(), z.string(), z.boolean()]);

/** The choices of a number, string or boolean. */
const choices = z.strictObject({
  choices: z
    .array(setting)
    .min(1)
    .refine((all) => new Set(all).size === all.length, 'a choice is given twice'),
});

const searched = z.union([choices, range]);

const arm = z.strictObject({
  description: z.string(),
  /** `corrected`: the method of the write-up, done right; `control`: another explanation of its results. */
  role: z.enum(['corrected', 'control']),
  /** The study's program that trains it, and the settings of that program. */
  program: z.string(),
  settings: z.record(z.string(), setting).default({}),
  /** The parameters to tune, and where they are searched. */
  space: z.record(z.string(), searched).default({}),
  /** An arm whose tuned parameters it uses instead of a search of its own. */
  tunedAs: z.string().optional(),
  /** Arms whose tuned parameters its program reads. */
  uses: z.array(z.string()).default([]),
  /** The rows that it trains on: baselines may have those that meta-learning arms learn theta from. */
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
  /** A metric after an epoch, by default the last. Other kinds use the objective by default. */
  z.strictObject({ kind: z.literal('metric'), metric: z.string(), epoch: count.optional() }),
  /**
   * The first epoch after which the metric is as good as that of an arm, with the same seed, after `epoch`; the number
   * of epochs + 1 if none.
   */
  z.strictObject({ kind: z.literal('epochsToReach'), arm: z.string(), epoch: count, metric }),
  /** The first epoch after which the metric is as good as a number, or the seconds until then. */
  z.strictObject({ kind: z.literal('epochsTo'), value: z.number(), metric }),
  z.strictObject({ kind: z.literal('secondsTo'), value: z.number(), metric }),
  /** The natural logarithm of a tuned parameter. */
  z.strictObject({ kind: z.literal('logTuned'), parameter: z.string() }),
  /** Over the values of a sweep: the logarithm of the range of the final metric, or its mean over the log of the values. */
  z.strictObject({ kind: z.literal('logSpread'), metric }),
  z.strictObject({ kind: z.literal('area'), metric }),
]);

const claim = z
  .strictObject({
    id: z.string(),
    statement: z.string(),
    /** The figures of the write-up, in words, and those of its program: `program/figure`. */
    stated: z.string().optional(),
    reproductions: z.array(z.string()).default([]),
    arm: z.string(),
    /** The arms that it is compared with; the claim needs all comparisons. */
    against: z.array(z.string()).min(1),
    measure,
    /**
     * The claim about measure(arm) - measure(against): below 0, above 0, within +-margin, or below 0 at 90 % of all epochs.
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
    /** The settings of the study's task, checked by the schema of the task. */
    task: z.record(z.string(), z.json()).default({}),
    batchSize: count,
    epochs: z.strictObject({ tune: count, final: count }),
    /** Trials of each search. */
    trials: count,
    /** Searches for each arm, from different seeds; seed i is trained with the result of search i (modulo their number). */
    searches: count,
    /** Fresh seeds on which each tuned arm is trained and reported. */
    seeds: z.int().min(0).max(most),
    /** Executions of each program of a write-up as it was written. */
    reproductions: z.int().min(0).max(most),
    /** The seed from which all others derive. */
    seed: z.int().min(0),
    sampler: z.enum(['tpe', 'random']),
    /** The trials of a search that end early; by default none. */
    pruner: z.enum(['never', 'median']).optional(),
    /** Settings of the study, for all programs that declare them. */
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
    const other = armOf(arms, name);
    if (other === undefined) fail(path, unknownArm(name, arms));
    else if (Object.keys(other.space).length === 0) fail(path, `arm '${name}' is not tuned; give it a space`);
  };
  for (const [name, arm] of Object.entries(arms)) {
    const { tunedAs, uses } = arm!;
    if (tunedAs !== undefined) tuned(tunedAs, ['arms', name, 'tunedAs']);
    uses.forEach((used, i) => {
      tuned(used, ['arms', name, 'uses', i]);
    });
    if (tunedBefore(name, arms).has(name))
      fail(['arms', name], 'it waits for itself to be tuned; mend `uses` and `tunedAs`');
  }
}

/** All arms that must be tuned before this one. */
function tunedBefore(name: string, arms: Arms, before = new Set<string>()): ReadonlySet<string> {
  const { uses = [], tunedAs } = armOf(arms, name) ?? {};
  for (const other of tunedAs === undefined ? uses : [...uses, tunedAs])
    if (!before.has(other)) tunedBefore(other, arms, before.add(other));
  return before;
}

function checkClaims(
  { arms, claims }: { readonly arms: Arms; readonly claims: readonly z.output<typeof claim>[] },
  fail: Fail,
): void {
  claims.forEach(({ arm: claimed, against, measure }, i) => {
    const requireArm = (name: string, path: (string | number)[]): void => {
      if (armOf(arms, name) === undefined) fail(['claims', i, ...path], unknownArm(name, arms));
    };
    requireArm(claimed, ['arm']);
    against.forEach((other, k) => {
      requireArm(other, ['against', k]);
    });
    if (measure.kind === 'epochsToReach') requireArm(measure.arm, ['measure', 'arm']);
    if (measure.kind === 'logTuned')
      for (const name of [claimed, ...against]) {
        const space = armOf(arms, name)?.space;
        if (space !== undefined && !isPositive(space[measure.parameter]))
          fail(
            ['claims', i, 'measure'],
            `it is the logarithm of '${measure.parameter}', which arm '${name}' does not search among positive numbers`,
          );
      }
    if (measure.kind === 'logSpread' || measure.kind === 'area')
      for (const name of [claimed, ...against]) {
        const arm = armOf(arms, name);
        if (arm !== undefined && arm.sweep === undefined)
          fail(['claims', i, 'measure'], `it is over a sweep, and arm '${name}' has none`);
      }
    if (measure.kind !== 'area') return;
    for (const name of [claimed, ...against])
      if (armOf(arms, name)?.sweep?.values.some((value) => value <= 0) === true)
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

/** The arm of a name, if there is one; not a property of every object, such as `constructor`. */
const armOf = (arms: Arms, name: string) => (Object.hasOwn(arms, name) ? arms[name] : undefined);

export type StudyConfig = Readonly<z.output<typeof studyConfig>>;
export type ConfigInput = z.input<typeof studyConfig>;
export type ArmConfig = StudyConfig['arms'][string];
export type ArmInput = z.input<typeof arm>;
export type ClaimConfig = StudyConfig['claims'][number];
export type Measure = ClaimConfig['measure'];
export type Settings = ArmConfig['settings'];

/** The parameters that a search chose, by name. */
export type Parameters = Settings;

/** The range or choices in which a parameter is searched. */
export type SearchRange = ArmConfig['space'][string];

/** Any part of a configuration. Records are merged entry by entry, and `null` removes an entry; lists are replaced. */
export type Overrides = Readonly<Record<string, unknown>>;

/** `base` with the entries of `overrides` over it. */
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
