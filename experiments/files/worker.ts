/** Names of workers, from which any process of the same machine can tell whether a worker is alive. */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * A new name for a worker in this process: `metagrad@HOST/NAMESPACE/PID/START/UUID`.
 *
 * START is when the process began, since process numbers are reused; NAMESPACE distinguishes containers that have the same
 * host name.
 */
export function createWorkerId(): string {
  thisProcess ??= `${prefix}@${here}/${process.pid}/${startOf(process.pid) ?? ''}`;
  return `${thisProcess}/${randomUUID()}`;
}

/** The common beginning of the names of this process. */
let thisProcess: string | undefined;

/**
 * The state of a worker by its name: `own` if it is in this process, `alive` or `dead` if it is on this machine, `unknown` for
 * all others, those of Optuna included.
 */
function stateOfWorker(worker: string): 'own' | 'alive' | 'dead' | 'unknown' {
  if (!worker.startsWith(`${prefix}@${here}/`)) return 'unknown';
  const [pid, start] = worker.slice(`${prefix}@${here}/`.length).split('/');
  if (!processExists(Number(pid)) || start !== (startOf(Number(pid)) ?? '')) return 'dead';
  return Number(pid) === process.pid ? 'own' : 'alive';
}

/** Whether a worker is one of this process. */
export const isOwn = (worker: string): boolean => stateOfWorker(worker) === 'own';

/** Whether a worker is alive; null if this machine cannot know. */
export function workerIsAlive(worker: string): boolean | null {
  const state = stateOfWorker(worker);
  return state === 'unknown' ? null : state !== 'dead';
}

const prefix = 'metagrad';
const here = `${hostname().replaceAll('/', '-')}/${processNamespace()}`;

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '';
  }
}

/** Whether a process of this machine has this number. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not permitted to signal it, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** When a process began, in clock ticks since the machine started, or null where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; the start is the 20th field after it. A zombie has ended.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : fields[19];
  } catch {
    return null;
  }
}

/** A worker in words, as in `process 123 on host`. */
export function describeWorker(worker: string): string {
  if (!isOurs(worker)) return `the worker ${worker}`;
  const [host, , pid] = worker.slice(prefix.length + 1).split('/');
  return `process ${pid} on ${host}`;
}

/** Whether a worker of this name is one of metagrad's. */
export function isOurs(worker: string): boolean {
  return worker.startsWith(`${prefix}@`);
}
