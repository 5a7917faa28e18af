/** The configuration of a run, which determines its results: checked, overridable, and written to its record. */
import { z } from 'zod';
import { most } from '../tasks/limits.js';
import { protocols } from '../tasks/splits.js';
import { arm, count, setting } from './armConfig.js';
import { claim } from './claimConfig.js';
import { checkArms, checkClaims, type Fail } from './configChecks.js';

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
    /**
     * Searches for each arm, from different seeds; seed i is trained with the result of search i (modulo their number). By default
     * as many as seeds, so that no two seeds share what one search happened to find.
     */
    searches: count.optional(),
    /** Fresh seeds on which each tuned arm is trained and reported. */
    seeds: z.int().min(0).max(most),
    /** Executions of each program of a write-up as it was written. */
    reproductions: z.int().min(0).max(most),
    /** The seed from which all others derive. */
    seed: z.int().min(0),
    /** Whether each seed, and the search of the same number, draws a data set of its own; the task must have `draw`. */
    dataSeeds: z.boolean().default(false),
    /**
     * `shared`: search k and the training of seed i start from the same random numbers in every arm; `apart`: from different ones in
     * each. Data sets are shared in both.
     */
    streams: z.enum(['shared', 'apart']).default('shared'),
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
    checkArms(config, fail);
    checkClaims(config, fail);
  })
  .transform(({ searches, ...config }) => ({ ...config, searches: searches ?? Math.max(1, config.seeds) }));

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
