/**
 * Imported into a process before its program: ends it by SIGKILL at a chosen call that changes the disk, before it, after
 * it, or in the middle of what it writes. `METAGRAD_KILL` has the aim as JSON.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/** The n-th call, from 1, of those whose path has `path` in it. */
export interface Aim {
  readonly call: number;
  readonly when: 'before' | 'within' | 'after';
  readonly path: string;
  /** Where the calls are written as the process ends, to choose from. */
  readonly listedIn?: string;
}

const aim = JSON.parse(process.env.METAGRAD_KILL ?? 'null') as Aim | null;

/** The calls, with the argument that says which file. */
const calls = [
  ...['appendFileSync', 'fsyncSync', 'ftruncateSync', 'mkdirSync', 'openSync', 'renameSync', 'rmSync'],
  ...[
    'symlinkSync',
    'linkSync',
    'truncateSync',
    'unlinkSync',
    'writeFileSync',
    'writeSync',
    'utimesSync',
    'lutimesSync',
  ],
];

const seen: string[] = [];

if (aim !== null) {
  for (const name of calls) wrap(fs, name, aim);
  for (const name of ['writeFile', 'rename', 'unlink']) wrap(fs.promises, name, aim);
  syncBuiltinESMExports();
  const { listedIn } = aim;
  const write = fs.writeFileSync;
  if (listedIn !== undefined && isMainThread)
    process.on('exit', () => {
      write(listedIn, JSON.stringify(seen));
    });
}

type Call = (...args: readonly unknown[]) => unknown;

function wrap(from: object, name: string, { call, when, path, listedIn }: Aim): void {
  const original = Reflect.get(from, name) as Call;
  const wrapped = (...args: readonly unknown[]): unknown => {
    const file = pathOf(args[name.startsWith('symlink') ? 1 : 0]);
    const reads = name === 'openSync' && (args[1] === 'r' || args[1] === undefined);
    if (reads || !file.includes(path) || file === listedIn) return original(...args);
    seen.push(`${name} ${file}`);
    if (seen.length !== call) return original(...args);
    if (when === 'after') original(...args);
    else if (when === 'within' && /write|append/i.test(name)) original(args[0], half(args[1]));
    process.kill(process.pid, 'SIGKILL');
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  };
  Reflect.set(from, name, wrapped);
}

function pathOf(file: unknown): string {
  if (typeof file !== 'number') return String(file);
  try {
    return fs.readlinkSync(`/proc/self/fd/${file}`);
  } catch {
    return '';
  }
}

const half = (data: unknown): unknown =>
  typeof data === 'string' || data instanceof Uint8Array ? data.slice(0, data.length >> 1) : data;
