/** Something that can be timed: runs itself `times` times and says how many seconds that took. */
export interface Contestant {
  readonly lib: string;
  run(times: number): number | Promise<number>;
}

/** Seconds for one run. */
export interface Timing {
  readonly minimum: number;
  readonly median: number;
}

const rounds = 100;
const secondsPerBatch = 0.002;
/** A contestant is timed for at most this many seconds, but for `leastRounds` batches at least. */
const mostSeconds = 2;
const leastRounds = 10;
/** Milliseconds. */
const warmUp = 400;

/**
 * Times contestants in alternating batches, A B A B, so that what else the machine does hits all of them alike. The
 * minimum is what the code can do; the median what it did.
 */
export async function race(contestants: readonly Contestant[]): Promise<Map<string, Timing>> {
  const entries = [];
  for (const contestant of contestants)
    entries.push({ contestant, times: await batchSize(contestant), seconds: [] as number[], spent: 0 });
  for (let round = 0; round < rounds; round++)
    for (const entry of entries) {
      const { contestant, times, seconds } = entry;
      if (entry.spent > mostSeconds && round >= leastRounds) continue;
      const batch = await contestant.run(times);
      entry.spent += batch;
      seconds.push(batch / times);
    }
  return new Map(
    entries.map(({ contestant, seconds }) => {
      const sorted = [...seconds].sort((a, b) => a - b);
      return [contestant.lib, { minimum: sorted[0], median: sorted[sorted.length >> 1] }];
    }),
  );
}

/** How many runs take about as long as a batch should; found out while warming up, in which compilers get their time. */
async function batchSize(contestant: Contestant): Promise<number> {
  let [times, fastest] = [1, Infinity];
  for (const end = performance.now() + warmUp; performance.now() < end;) {
    const seconds = await contestant.run(times);
    fastest = Math.min(fastest, seconds / times);
    if (seconds < secondsPerBatch / 2) times *= 2;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return Math.max(1, Math.round(secondsPerBatch / fastest));
}

/** A contestant of this process. */
export const local = (lib: string, once: () => void): Contestant => ({
  lib,
  run(times) {
    const start = performance.now();
    for (let i = 0; i < times; i++) once();
    return (performance.now() - start) / 1000;
  },
});
