import { UsageError } from '../../../engine/core/errors.js';
import { describe } from '../../../engine/core/options.js';
import { StorageError } from '../../files/lineFile.js';
import { SearchSpaceError, TrialInterrupted, TrialPruned } from '../space/errors.js';
import type { Outcome } from './tell.js';
import type { Objective, Trial } from './trial.js';

/** How a trial ended; `fatal` is an error that ends the study too. */
export type TrialEnd = { readonly outcome: number | Outcome; readonly fatal?: Error };

/**
 * Runs the objective of one trial, which fails if the objective throws or returns no number. A space that cannot be searched is
 * fatal, since no trial can run, and an error of the storage is thrown, since it cannot be recorded.
 */
export async function runObjective(objective: Objective, trial: Trial): Promise<TrialEnd> {
  try {
    const value: unknown = await objective(trial);
    if (typeof value === 'number') return { outcome: value };
    if (Array.isArray(value) || ArrayBuffer.isView(value)) return severalValues(value);
    return {
      outcome: { state: 'fail', reason: `the objective answered ${describe(value)}, which is no number` },
    };
  } catch (error) {
    if (is(TrialPruned, error)) return { outcome: { state: 'pruned' } };
    if (is(TrialInterrupted, error))
      return { outcome: { state: 'fail', reason: error.message, retry: true } };
    if (is(StorageError, error)) throw error;
    const outcome: Outcome = { state: 'fail', reason: String(error) };
    return is(SearchSpaceError, error) ? { outcome, fatal: error } : { outcome };
  }
}

/** The fatal end of a trial whose objective returns several values, as that of every trial would. */
function severalValues(values: readonly unknown[] | ArrayBufferView): TrialEnd {
  const reason =
    `optimize: the objective answered ${'length' in values ? `${String(values.length)} values` : 'bytes'} in a list, and a study here has one objective; ` +
    'answer one number, and keep others with the trial by setUserAttribute.';
  return { outcome: { state: 'fail', reason }, fatal: new UsageError(reason) };
}

/** By name: an objective's module may have a copy of metagrad of its own. */
function is(kind: { readonly name: string }, error: unknown): error is Error {
  return error instanceof Error && error.name === kind.name;
}
