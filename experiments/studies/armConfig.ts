/** The schema of an arm: how it is trained, and where its parameters are searched. */
import { z } from 'zod';
import { most } from '../tasks/limits.js';
import { trainingRows } from '../tasks/splits.js';

export const count = z.int().min(1).max(most);

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

export const setting = z.union([z.number(), z.string(), z.boolean()]);

/** The choices of a number, string or boolean. */
const choices = z.strictObject({
  choices: z
    .array(setting)
    .min(1)
    .refine((all) => new Set(all).size === all.length, 'a choice is given twice'),
});

export const searched = z.union([choices, range]);

export const arm = z.strictObject({
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
  /** With `tunedAs`: the best of only the first N trials of that arm's search. */
  firstTrials: count.optional(),
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
