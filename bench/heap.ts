import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The bytes by which memory has grown after `runs` runs; compilers take theirs in runs before. */
export function growthOver(runs: number, once: () => void): number {
  for (let k = 0; k < 2000; k++) once();
  const before = bytesInUse();
  for (let k = 0; k < runs; k++) once();
  return bytesInUse() - before;
}

function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  // What the first collection finds dead may be counted until the next.
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
