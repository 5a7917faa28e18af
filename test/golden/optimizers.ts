/** Checks optimizers, learned optimizers, unrolled gradients and schedules against trajectories that PyTorch computed in float64. */
import { checkLearned, isLearned } from './optimizers/learned.js';
import { type Comparison, type Golden, comparison, problemOf } from './optimizers/problem.js';
import { checkRule, isRule } from './optimizers/rules.js';
import { checkSchedule } from './optimizers/schedules.js';
import type { Result } from './result.js';

/** One result for each rule and schedule in the file. */
export function checkOptimizers(golden: Golden): Result[] {
  const problem = problemOf(golden);
  const rules = Object.entries(golden.rules).map(([name, rule]) =>
    resultOf(name, (against) => {
      if (isLearned(name)) checkLearned(name, rule, problem, against);
      else if (isRule(name)) checkRule(name, rule, problem, against);
      else throw new Error(`there is no rule '${name}'`);
    }),
  );
  const schedules = Object.entries(golden.schedules).map(([name, values]) =>
    resultOf(`schedule ${name}`, (against) => {
      checkSchedule(name, values, against);
    }),
  );
  return [...rules, ...schedules];
}

function resultOf(name: string, check: (against: Comparison) => void): Result {
  const against = comparison();
  try {
    check(against);
    return { name, ok: against.problems.length === 0, detail: against.problems.join('; ') };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
