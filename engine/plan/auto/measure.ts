/** Measures how long plans take. */
import type { Executable, Repetition } from '../../backends/executable.js';
import { runMany } from '../../backends/runMany.js';

/** A measurement ends after this number of tries or milliseconds; `runs` is the most in one measured call. */
const limits = { tries: 5, milliseconds: 250, runs: 64 };

/**
 * What a run takes, in milliseconds, alone or as one of many.
 *
 * @param load Brings the arguments into the executable's memory, where a run may have written over them.
 */
export function measure(
  executable: Executable,
  load: (executable: Executable) => void,
  repetition: Repetition | undefined,
): number {
  const shortest = (run: () => void): number => {
    let [best, spent] = [Infinity, 0];
    for (let tries = 0; tries < limits.tries && spent < limits.milliseconds; tries++) {
      load(executable);
      const started = performance.now();
      run();
      const took = performance.now() - started;
      best = Math.min(best, took);
      spent += took;
    }
    return best;
  };
  const alone = shortest(() => {
    executable.run();
  });
  const longest = Math.min(repetition?.count ?? 1, limits.runs, limits.milliseconds / alone);
  if (repetition === undefined || longest < 2) return alone;
  const many = (count: number): void => {
    runMany(executable, { ...repetition, count });
  };
  // The gpu backend learns from two runs how many to put into a call, which are a power of two, and builds that call.
  const count = 2 ** Math.floor(Math.log2(longest));
  for (const runs of [2, count]) {
    load(executable);
    many(runs);
  }
  const together = shortest(() => {
    many(count);
  });
  return together / count;
}
