import { readFileSync, readdirSync } from 'node:fs';

const ticksPerSecond = 100;
const pageBytes = 4096;

/** Processor seconds and resident megabytes of a process; zeros if it has ended. */
export function usageOf(pid: number): { readonly seconds: number; readonly megabytes: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      seconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      megabytes: (Number(fields[21]) * pageBytes) / 2 ** 20,
    };
  } catch {
    return { seconds: 0, megabytes: 0 };
  }
}

/** Whether a thread of the process computes, waits for a processor or for the disk, instead of sleeping. */
export function isBusy(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      return /^[RD]/.test(stat.slice(stat.lastIndexOf(')') + 2));
    });
  } catch {
    return false;
  }
}
