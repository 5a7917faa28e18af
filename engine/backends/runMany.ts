import type { Executable, Repetition } from './executable.js';

/** Does the runs of a repetition, in the executable's own way if it has one. */
export function runMany(executable: Executable, repetition: Repetition): void {
  if (executable.runMany !== undefined) {
    executable.runMany(repetition);
    return;
  }
  const { count, feeds, reads } = repetition;
  for (let run = 0; run < count; run++) {
    if (run > 0) for (const { buffer, row } of feeds) executable.view(buffer).set(row(run));
    executable.run();
    for (const { buffer, store } of reads) store(run, executable.view(buffer));
  }
}
