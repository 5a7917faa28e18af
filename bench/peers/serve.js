/** The peers' side of bench/peer.ts: makes computations ready and times them, one JSON line for each question. */
import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline';

/**
 * @param version The library's.
 * @param computations By name, functions of what is given that return `once`, which computes, perhaps by a promise; `numbers`, which tells what
 * it computed; and, where `once` only queues work, `finish`, which waits for all of it.
 */
export async function serve(version, computations) {
  const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  say({ version });
  let ready;
  for await (const line of createInterface({ input: process.stdin })) {
    const question = JSON.parse(line);
    if ('run' in question) {
      const start = performance.now();
      for (let i = 0; i < question.run; i++) {
        const pending = ready.once();
        if (pending !== undefined) await pending;
      }
      await ready.finish?.();
      say({ seconds: (performance.now() - start) / 1000 });
    } else if (question.prepare in computations) {
      try {
        ready = computations[question.prepare](question.given);
        say({ numbers: await ready.numbers() });
      } catch (error) {
        say({ failure: String(error) });
      }
    } else say({ numbers: null });
  }
}

/** The numbers and the shape of an encoded tensor. */
export function decode({ shape, base64 }, ArrayType = Float32Array) {
  const { buffer, byteOffset, byteLength } = Buffer.from(base64, 'base64');
  return { shape, data: new ArrayType(buffer.slice(byteOffset, byteOffset + byteLength)) };
}

/** Class numbers as rows of zeros with a one. */
export function oneHot(classes, width) {
  const data = new Float32Array(classes.length * width);
  classes.forEach((number, row) => (data[row * width + number] = 1));
  return { shape: [classes.length, width], data };
}

export const sum = (data) => data.reduce((total, x) => total + x, 0);
