/** Other libraries that run the same computations: each in a process of its own, driven line by line. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '../engine/index.js';
import type { Contestant } from './race.js';

/** A computation that peers know by name, and what comes out. */
export interface Question {
  readonly name: string;
  readonly given: object;
  readonly expected: readonly number[];
  /** What the numbers may differ by, relative to what they are. */
  readonly tolerance?: number;
}

export interface Peer {
  readonly lib: string;
  readonly version: string;
  /** Makes a computation ready and compares its numbers; null if the peer does not know it. */
  prepare(question: Question): Promise<Invited | Refused | null>;
  stop(): void;
}

export type Invited = Contestant & { readonly relativeError: number };

/** A computation that is not timed, because times of different results do not compare. */
export interface Refused {
  readonly lib: string;
  readonly relativeError: number;
  readonly why: string;
}

interface PeerProgram {
  readonly lib: string;
  readonly command: string;
  readonly script: string;
  /** Whether a difference is our mistake, and ends the run. */
  readonly isReference?: true;
  readonly env?: Readonly<Record<string, string>>;
}

const torch: PeerProgram = {
  lib: 'torch',
  command: process.env.TORCH_PYTHON ?? '/usr/bin/python3',
  script: 'pytorch.py',
  isReference: true,
};

/**
 * PyTorch with the widest vectors that the processor has, and on 256 bits where those are wider. Left to themselves, an
 * OpenBLAS takes 128 bits on processors newer than it is, and PyTorch 1.13 takes at most 256.
 */
function torches(): readonly PeerProgram[] {
  const avx2 = {
    ...torch,
    lib: 'torch-avx2',
    env: { OPENBLAS_CORETYPE: 'Haswell', ATEN_CPU_CAPABILITY: 'avx2', ONEDNN_MAX_CPU_ISA: 'AVX2' },
  };
  const avx512 = {
    ...torch,
    lib: 'torch-avx512',
    env: { OPENBLAS_CORETYPE: 'SkylakeX', ATEN_CPU_CAPABILITY: 'avx512' },
  };
  const flags = processorFlags();
  if (!flags.has('avx2') || !flags.has('fma')) return [torch];
  return ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl'].every((flag) => flags.has(flag))
    ? [avx512, avx2]
    : [avx2];
}

/** What Linux says that the processor can do. */
function processorFlags(): ReadonlySet<string> {
  try {
    const [, flags = ''] = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
    return new Set(flags.trim().split(' '));
  } catch {
    return new Set();
  }
}

const programs = (): readonly PeerProgram[] => [
  ...torches(),
  { lib: 'tfjs', command: process.execPath, script: 'tfjs.js' },
  { lib: 'jax-js', command: process.execPath, script: 'jax.js' },
];

/** Those that are installed here. */
export async function startPeers(): Promise<Peer[]> {
  const started = await Promise.all(programs().map(start));
  return started.filter((peer) => peer !== null);
}

type Answer = Readonly<Record<string, unknown>>;

async function start({
  lib,
  command,
  script,
  isReference,
  env: settings,
}: PeerProgram): Promise<Peer | null> {
  const path = fileURLToPath(new URL(`../../bench/peers/${script}`, import.meta.url));
  const env = { ...process.env, ...settings, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const child = spawn(command, [path], { env });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  let complaints = '';
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()));
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);

  const next = async (): Promise<Answer | null> => {
    const line = await lines.next();
    return line.done === true ? null : (JSON.parse(line.value) as Answer);
  };
  const ask = async (question: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const answer = await next();
    if (answer === null) throw new Error(`${lib}: the peer has ended: ${complaints}`);
    return answer;
  };

  const hello = await next();
  if (hello === null) return null;
  return {
    lib,
    version: String(hello.version),
    async prepare({ name, given, expected, tolerance = 1e-3 }) {
      const { numbers, failure } = await ask({ prepare: name, given });
      if (numbers === null) return null;
      if (failure !== undefined) return { lib, relativeError: Infinity, why: failure as string };
      const relativeError = worstError(numbers as readonly number[], expected);
      if (relativeError < tolerance)
        return { lib, relativeError, run: async (times) => (await ask({ run: times })).seconds as number };
      const why = `${name} gives ${String((numbers as readonly number[]).slice(0, 4))}, and here it is ${String(expected.slice(0, 4))}`;
      if (isReference === true) throw new Error(`${lib}: ${why} (off by ${relativeError}).`);
      return { lib, relativeError, why };
    },
    stop() {
      child.stdin.end();
    },
  };
}

/** JSON has no NaN: NaN counts as infinitely wrong. */
function worstError(numbers: readonly (number | null)[], expected: readonly number[]): number {
  if (numbers.length !== expected.length) return Infinity;
  const errors = expected.map((x, i) => {
    const y = numbers[i];
    return y === null ? Infinity : Math.abs(x - y) / Math.max(Math.abs(x), 1e-3);
  });
  return Math.max(...errors);
}

/** A tensor for a message. */
export function encode(tensor: Tensor): object {
  const { buffer, byteOffset, byteLength } = tensor.toTypedArray();
  const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  return { dtype: tensor.dtype, shape: tensor.shape, base64 };
}
