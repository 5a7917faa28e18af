import { requireFunction } from '../../engine/core/arguments.js';
import {
  isAny,
  isFunction,
  isIntegerFrom,
  kind,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import type { ParameterRanges } from './space/distributions.js';
import { isSeed, isSignal } from './space/kinds.js';
import { rangesOf, type SpaceInput } from './space/ranges.js';
import type { ParameterValues, TrialRecord } from './log/records.js';
import { runsElsewhere } from './trial/reclaim.js';
import { type TrialEnd, runObjective } from './trial/runObjective.js';
import type { Storage } from './log/storage.js';
import { loadObjective } from './threads/objectiveModule.js';
import { startTrialThreads } from './threads/threads.js';
import type { Outcome } from './trial/tell.js';
import type { Objective, Trial } from './trial/trial.js';

export type OptimizeOptions<Parameters extends ParameterValues = ParameterValues> = {
  /**
   * Number of trials that the study is to have in the end, all workers together: a study that is continued runs only what is
   * left. Every trial that has begun counts, failed ones too; of a killed trial and its retries only the last.
   */
  readonly trials: number;
  /** Number of trials that run at once, default 1: those of a module in as many threads, those of a function by turns. */
  readonly workers?: number;
  /** Seconds after which no further trial begins. */
  readonly timeout?: number;
  /** Once it is aborted no further trial begins. Those that run in threads end, and are repeated when the study continues. */
  readonly signal?: AbortSignal;
  /** Parameters to choose when a trial begins, even if it never asks for them; see `Study.ask`. */
  readonly space?: SpaceInput;
  /** Called with every trial that ended here. */
  readonly onTrial?: (trial: TrialRecord<Parameters>) => void;
};

/** The parts of a study that running its trials needs. */
export type Runnable = {
  readonly name: string;
  readonly storage: Storage;
  /** All trials as they now are, other workers' too. */
  readonly trials: () => readonly TrialRecord[];
  /** Begins a trial; null once the budget or the sampler's supply is used up. */
  readonly begin: (budget: number, space?: ParameterRanges) => Promise<Trial | null>;
  readonly tell: (trial: Trial, outcome: number | Outcome) => Promise<TrialRecord>;
};

/** Milliseconds between looks at the trials of other processes. */
const pollMs = 100;

/**
 * Runs trials until the budget, the time or the sampler's supply is used up, and all trials of other processes on this
 * machine have ended: if such a process is killed, its trial is repeated here.
 *
 * If the objective is the URL of a module, the trials run in threads. A thread that ends in the middle of a trial fails it,
 * and another trial repeats it with the same parameters, three times at most. An objective that throws or returns NaN fails
 * its trial, with the reason in the log, and the study continues. Two kinds of error end the study: a search space that
 * cannot be searched, and a log that cannot be written.
 */
export async function optimize(
  runnable: Runnable,
  objective: Objective | URL,
  options: OptimizeOptions,
): Promise<void> {
  const read = readOptions<OptimizeOptions>('optimize', options, kindsOfOptions);
  const { workers = 1, signal } = read;
  requireKind(
    'optimize',
    'trials, how many the study is to have in the end,',
    read.trials,
    kindsOfOptions.trials,
  );
  if (!(objective instanceof URL)) {
    requireFunction('optimize', objective, 'the objective, a function of a trial or the URL of a module');
    const space = rangesOf('optimize', read.space);
    await runTrials(runnable, (trial) => runObjective(objective, trial), { ...read, space });
    return;
  }
  const loaded = await loadObjective(objective);
  const space = read.space === undefined ? (loaded.space ?? {}) : rangesOf('optimize', read.space);
  const threads = await startTrialThreads(objective, workers);
  const end = (): void => void threads.close();
  signal?.addEventListener('abort', end);
  try {
    await runTrials(runnable, threads.run, { ...read, space });
  } finally {
    signal?.removeEventListener('abort', end);
    await threads.close();
  }
}

const kindsOfOptions = {
  trials: isSeed,
  workers: isIntegerFrom(1),
  timeout: kind('a number of seconds >= 0', (value) => typeof value === 'number' && value >= 0),
  signal: isSignal,
  space: isAny,
  onTrial: isFunction,
};

/** Runs `workers` trials at once. An error that ends the study for one of them lets the others end their trials. */
async function runTrials(
  { name, storage, trials: trialsNow, begin, tell }: Runnable,
  run: (trial: Trial) => Promise<TrialEnd>,
  {
    trials,
    workers = 1,
    timeout = Infinity,
    signal,
    space,
    onTrial,
  }: Omit<OptimizeOptions, 'space'> & { readonly space: ParameterRanges },
): Promise<void> {
  const deadline = performance.now() + timeout * 1000;
  const failures: unknown[] = [];

  async function work(): Promise<void> {
    while (failures.length === 0 && !signal?.aborted && performance.now() < deadline) {
      const trial = await begin(trials, space);
      if (trial === null) {
        if (!trialsNow().some((other) => runsElsewhere(storage, other))) return;
        await new Promise((resolve) => setTimeout(resolve, pollMs));
        continue;
      }
      const { outcome, fatal } = await run(trial);
      const before = trialsNow().find(({ number }) => number === trial.number);
      if (before?.state === 'running') {
        const record = await tell(trial, outcome);
        onTrial?.(record);
      } else
        process.emitWarning(
          `trial ${trial.number} of '${name}' was ended by another worker while it ran here (${before?.state ?? 'it is gone'}); its outcome here is left out.`,
        );
      if (fatal) throw fatal;
    }
  }

  const workings = Array.from({ length: workers }, () =>
    work().catch((error: unknown) => failures.push(error)),
  );
  await Promise.all(workings);
  if (failures.length > 0) throw failures[0];
}
