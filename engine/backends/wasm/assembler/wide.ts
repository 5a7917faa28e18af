/**
 * Whether V8 joins pairs of 128-bit vectors into vectors of 256 bits. It does so behind an experimental flag that holds for
 * the whole process, and never by its version alone: what it makes of a small kernel is compared and timed (joining.ts).
 */
import { whyNotJoined } from './joining.js';
import { clearUpperHalves } from './upperHalves.js';
import { process, setFlag } from './v8.js';

/** Versions of V8 whose flag is known: Node 24 is the first that gains by it. An unknown flag would be complained about. */
const flagged = { from: 13, to: 14 };

/** Lets V8 join pairs in the functions that it optimizes from now on, or not. */
export const letJoin = (on: boolean): boolean => setFlag(`--${on ? '' : 'no-'}experimental-wasm-revectorize`);

/** The answer under this key is for the threads that this one starts. */
const key = 'metagrad.whyNotWide';

let known: string | undefined;

/**
 * Why vectors have 128 bits, or '' where they can have 256. The first call of a thread may take 20 ms, unless a thread that
 * already knew has started it; where the answer is no, the flag is taken back.
 *
 * @param isRequired Measures once more and for longer before it says no.
 */
export function whyNotWide(relaxed: boolean, isRequired: boolean): string {
  const threads = process?.getBuiltinModule?.('node:worker_threads');
  known ??= threads?.getEnvironmentData(key) as string | undefined;
  if (known === undefined || (isRequired && known !== '')) {
    known = ask(relaxed, isRequired);
    threads?.setEnvironmentData(key, known);
  }
  return known;
}

function ask(relaxed: boolean, isRequired: boolean): string {
  const { arch = 'unknown', versions } = process ?? {};
  if (versions?.v8 === undefined || process?.getBuiltinModule === undefined) return 'only Node has them';
  if (arch !== 'x64') return `V8 has them for x64, and this is ${arch}`;
  const version = Number.parseInt(versions.v8, 10);
  if (version < flagged.from) return `Node has them from 24 on, and this is ${versions.node}`;
  // Later versions may join without being told.
  const isFlagged = version <= flagged.to && letJoin(true);
  const why = whyNotJoined(relaxed, isRequired ? 1000 : 25);
  clearUpperHalves();
  if (isFlagged && why !== '') letJoin(false);
  return why;
}
