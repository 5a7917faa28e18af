/** PyTorch as a peer: a Python process that runs the same computations on one thread, driven line by line. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Contestant } from './race.js';

export interface Torch {
  readonly version: string;
  /**
   * Makes `name` of torch_peer.py ready, checks its numbers against `expected` (relative difference below `tolerance`)
   * and returns it for timing.
   */
  prepare(name: string, given: object, expected: readonly number[], tolerance?: number): Promise<Contestant>;
  stop(): void;
}

const script = fileURLToPath(new URL('../../bench/torch_peer.py', import.meta.url));

/** The peer, or null where Python has no torch. */
export async function startTorch(
  python = process.env.TORCH_PYTHON ?? '/usr/bin/python3',
): Promise<Torch | null> {
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const child: ChildProcessWithoutNullStreams = spawn(python, [script], { env });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  let complaints = '';
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()));
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);

  const next = async (): Promise<Record<string, unknown> | null> => {
    const line = await lines.next();
    return line.done === true ? null : (JSON.parse(line.value) as Record<string, unknown>);
  };
  const ask = async (question: object): Promise<Record<string, unknown>> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const answer = await next();
    if (answer === null) throw new Error(`torch: the peer has ended: ${complaints}`);
    return answer;
  };

  const hello = await next();
  if (hello === null) return null;
  return {
    version: String(hello.version),
    async prepare(name, given, expected, tolerance = 1e-3) {
      const { numbers } = (await ask({ prepare: name, given })) as { readonly numbers: readonly number[] };
      const worst = Math.max(
        ...expected.map((x, i) => Math.abs(x - numbers[i]) / Math.max(Math.abs(x), 1e-3)),
      );
      if (!(worst < tolerance) || numbers.length !== expected.length)
        throw new Error(
          `torch: ${name} gives ${numbers.slice(0, 4).join(', ')}, and here it is ${expected.slice(0, 4).join(', ')} (off by ${worst}); times of different results do not compare.`,
        );
      return {
        lib: 'torch',
        run: async (times) => (await ask({ run: times })).seconds as number,
      };
    },
    stop() {
      child.stdin.end();
    },
  };
}

/** Numbers for a message. */
export const encode = (
  data: { readonly buffer: ArrayBufferLike; readonly byteOffset: number; readonly byteLength: number },
  shape: readonly number[],
): object => ({
  shape,
  base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
});
