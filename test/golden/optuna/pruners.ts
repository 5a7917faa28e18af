/** Acceptance (3): the decisions of Optuna's percentile pruners at every step of a trial. */
import { medianPruner, percentilePruner } from '../../../experiments/tuning/pruners/percentile.js';
import type { Pruner } from '../../../experiments/tuning/pruners/pruner.js';
import type { TrialRecord } from '../../../experiments/tuning/log/records.js';
import type { Result } from '../result.js';
import { type GoldenPruner, toTrial } from './format.js';

export function checkPruner(golden: GoldenPruner): Result {
  const name = `pruner ${golden.label}`;
  const pruner = prunerOf(golden);
  if (pruner === null) return { name, ok: false, skipped: true, detail: `no check for ${golden.pruner}` };
  const others = golden.trials.map(toTrial);
  let trial: TrialRecord = toTrial({ state: 'running', intermediate_values: {} }, others.length);
  const wrong: string[] = [];
  for (const { step, value, prune } of golden.decisions) {
    trial = { ...trial, intermediateValues: new Map(trial.intermediateValues).set(step, value) };
    const history = { direction: golden.direction, trials: [...others, trial] };
    const decision = pruner.shouldPrune(history, trial, () => undefined);
    if (decision !== prune) wrong.push(`step ${step}: ${decision}, expected ${prune}`);
  }
  const ok = wrong.length === 0 && golden.decisions.length > 0;
  return { name, ok, detail: ok ? `${golden.decisions.length} decisions` : wrong.join('; ') };
}

function prunerOf({ pruner, config }: GoldenPruner): Pruner | null {
  const { n_startup_trials, n_warmup_steps, interval_steps, n_min_trials, percentile = NaN } = config;
  const options = {
    ...(n_startup_trials === undefined ? {} : { startupTrials: n_startup_trials }),
    ...(n_warmup_steps === undefined ? {} : { warmupSteps: n_warmup_steps }),
    ...(interval_steps === undefined ? {} : { intervalSteps: interval_steps }),
    ...(n_min_trials === undefined ? {} : { minTrials: n_min_trials }),
  };
  if (pruner === 'MedianPruner') return medianPruner(options);
  return pruner === 'PercentilePruner' ? percentilePruner(percentile, options) : null;
}
