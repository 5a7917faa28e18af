import { UsageError } from '../../engine/core/errors.js';
import type { ParameterRanges } from './distributions.js';
import { SearchSpaceError, StorageError, TrialPruned } from './errors.js';
import type { ParameterValues, TrialRecord } from './records.js';
import { runsElsewhere } from './reclaim.js';
import type { Study } from './study.js';
import type { Outcome } from './tell.js';
import type { Trial } from './trial.js';

/** What is to be made best: it asks the trial for its parameters and answers a number. */
export type Objective<Parameters extends ParameterValues = ParameterValues> = (
  trial: Trial<Parameters>,
) => number | Promise<number>;

export type OptimizeOptions<Parameters extends ParameterValues = ParameterValues> = {
  /**
   * How many trials the study is to have in the end, whoever runs them: a study that is gone on with runs only what is
   * left. Every trial that has begun counts, failed ones too; of a killed trial and its retries only the last.
   */
  readonly trials: number;
  /** Seconds after which no further trial begins. */
  readonly timeout?: number;
  /** Once it is aborted no further trial begins. */
  readonly signal?: AbortSignal;
  /** Parameters to choose when a trial begins, whatever it asks for later; see `Study.ask`. */
  readonly space?: ParameterRanges;
  /** Called with every trial that ended here. */
  readonly onTrial?: (trial: TrialRecord<Parameters>) => void;
};

/** The parts of a study that running it needs; `begin` answers null once the budget or the sampler's supply is used up. */
export type Runnable = {
  readonly study: Study;
  readonly begin: (budget: number, space?: ParameterRanges) => Promise<Trial | null>;
};

/** How long to wait before looking again whether another process has ended or lost its trial. */
const pollMs = 100;

/**
 * Runs trials one after another until the budget, the time or the sampler's supply is used up, and all trials of other
 * processes on this machine have ended: if such a process is killed, its trial is repeated here.
 *
 * An objective that throws or answers NaN fails its trial, with the reason in the log, and the study goes on. Two
 * kinds of error end it: a search space that cannot be searched, since no trial can, and a log that cannot be written.
 */
export async function optimize(
  { study, begin }: Runnable,
  objective: Objective,
  { trials, timeout = Infinity, signal, space, onTrial }: OptimizeOptions,
): Promise<void> {
  if (!(Number.isSafeInteger(trials) && trials >= 0)) {
    throw new UsageError(
      `optimize: trials is ${trials}; give the whole number that the study is to have in the end.`,
    );
  }
  const deadline = performance.now() + timeout * 1000;
  while (!signal?.aborted && performance.now() < deadline) {
    const trial = await begin(trials, space);
    if (trial === null) {
      if (!study.trials.some(runsElsewhere)) return;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      continue;
    }
    const { outcome, fatal } = await run(objective, trial);
    const record = await study.tell(trial, outcome);
    onTrial?.(record);
    if (fatal) throw fatal;
  }
}

type Ended = { readonly outcome: number | Outcome; readonly fatal?: Error };

async function run(objective: Objective, trial: Trial): Promise<Ended> {
  try {
    const value: unknown = await objective(trial);
    if (typeof value === 'number') return { outcome: value };
    return {
      outcome: { state: 'fail', reason: `the objective answered ${String(value)}, which is no number` },
    };
  } catch (error) {
    if (error instanceof TrialPruned) return { outcome: { state: 'pruned' } };
    if (error instanceof StorageError) throw error;
    const outcome: Outcome = { state: 'fail', reason: String(error) };
    return error instanceof SearchSpaceError ? { outcome, fatal: error } : { outcome };
  }
}
