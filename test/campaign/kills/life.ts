import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageInfo } from '../../../experiments/files/packageInfo.js';
import type { Random } from '../random.js';
import { isBusy, usageOf } from '../processUsage.js';
import type { Aim } from './preload.js';

/** When a process is killed: at a call that changes the disk, or after some processor time. */
export type Moment = { readonly aim: Aim } | { readonly seconds: number };

/** How a process went. */
export interface Life {
  readonly killed: boolean;
  readonly code: number | null;
  readonly output: string;
  /** Seconds of processor time. */
  readonly seconds: number;
  /** The longest time in seconds in which it printed nothing and did next to nothing. */
  readonly silence: number;
}

const preload = new URL('./preload.js', import.meta.url).href;
const main = join(packageInfo().root, 'dist/experiments/main.js');
const pollMs = 20;
/** A process that waits and looks again is busy in fewer of the polls than that. */
const busyShare = 0.1;

/** Runs `metagrad WORDS` until it ends or the moment comes. */
export async function live(words: readonly string[], moment?: Moment): Promise<Life> {
  const env = { ...process.env, NODE_NO_WARNINGS: '1' };
  const aimed = moment !== undefined && 'aim' in moment;
  const child = spawn(process.execPath, [...(aimed ? ['--import', preload] : []), main, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: aimed ? { ...env, METAGRAD_KILL: JSON.stringify(moment.aim) } : env,
  });
  const watch = watched(child, moment !== undefined && 'seconds' in moment ? moment.seconds : Infinity);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { killed: signal === 'SIGKILL', code, ...watch() };
}

/** Watches for silence, and kills after `killAt` seconds of processor time. */
function watched(child: ChildProcess, killAt: number): () => Pick<Life, 'output' | 'seconds' | 'silence'> {
  let [output, heard, silence, used, share] = ['', performance.now(), 0, 0, 0];
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (text: Buffer) => {
      output += text.toString();
      heard = performance.now();
    });
  const timer = setInterval(() => {
    const { seconds } = usageOf(child.pid!);
    if (seconds > killAt) child.kill('SIGKILL');
    used = Math.max(used, seconds);
    // Averaged over about a second.
    share += ((isBusy(child.pid!) ? 1 : 0) - share) * 0.03;
    if (share > busyShare) heard = performance.now();
    silence = Math.max(silence, (performance.now() - heard) / 1000);
  }, pollMs);
  return () => {
    clearInterval(timer);
    return { output, silence, seconds: used };
  };
}

export const toyModule = fileURLToPath(new URL('../toy.js', import.meta.url));

/** Somewhere in a process whose undisturbed calls and processor time are known; three in four are aimed. */
export function momentIn({ calls, seconds, path }: Undisturbed, random: Random): Moment {
  if (random.chance(0.25)) return { seconds: 0.1 + random.below(1000) * 1e-3 * seconds };
  const when = random.pick(['before', 'within', 'after'] as const);
  // Half of the aims are at the calls that matter most: locks, and what makes a new file the one that counts.
  const delicate = calls.flatMap((call, i) =>
    /^(rename|symlink|unlink|link|ftruncate)/.test(call) ? [i + 1] : [],
  );
  const at =
    delicate.length > 0 && random.chance(0.5) ? random.pick(delicate) : 1 + random.below(calls.length);
  return { aim: { call: at, when, path } };
}

/** What a process does when nothing ends it. */
export interface Undisturbed {
  /** The calls that change what is under the path, in order. */
  readonly calls: readonly string[];
  readonly seconds: number;
  /** What is in the path of each. */
  readonly path: string;
}

export const describeMoment = (moment: Moment): string =>
  'aim' in moment
    ? `${moment.aim.when} call ${moment.aim.call}`
    : `after ${moment.seconds.toFixed(2)} s of processor time`;
