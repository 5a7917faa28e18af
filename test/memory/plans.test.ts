import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  fromTypedArray,
  grad,
  mul,
  square,
  sub,
  sum,
  tanh,
  tensor,
} from '../../engine/index.js';
import { stepsOf } from '../../engine/ir/plan.js';
import { compile } from '../../engine/plan/run/compile.js';
import { runPasses } from '../../engine/plan/passes.js';
import { trace } from '../../engine/plan/trace/trace.js';
import { adam, training } from '../../optimizers/index.js';
import { firstClash } from './clash.js';
import { bytesInUse } from '../heap.js';
import { program, runProgram } from '../compile/programs.js';
import { trainingStep } from '../compile/training.js';

const of = (...shape: number[]) => ({ shape, dtype: 'float64' }) as const;

describe('the memory of a plan', () => {
  it('never overwrites what is still read, is aligned, and is at most 1.5 times the live peak', () => {
    let [worst, largest] = [0, 0];
    fc.assert(
      fc.property(program, (choices) => {
        const f = (...x: Tensor[]): readonly Tensor[] =>
          grad((y: readonly Tensor[]) => runProgram(choices, y)[0])(x);
        const { lowered: plan, memory } = runPasses(trace(f, of(2, 3), of(3, 2), of(6)));
        expect(firstClash(plan, memory)).toBeNull();
        expect(memory.offsets.every((offset) => offset % 64 === 0)).toBe(true);
        expect(memory.bytes).toBeLessThanOrEqual(1.5 * memory.livePeak);
        worst = Math.max(worst, memory.bytes / memory.livePeak);
        largest = Math.max(largest, stepsOf(plan).length);
      }),
      { numRuns: 100, seed: 9 },
    );
    // The property would be worth little if the programs were small.
    expect(largest).toBeGreaterThan(30);
    expect(worst).toBeGreaterThanOrEqual(1);
  });

  it('of a chain of maps is that of one, written in place', () => {
    const chain = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 200; i++) y = tanh(add(y, 1));
      return sum(mul(y, y));
    };
    const { lowered, memory } = runPasses(trace(chain, of(100)));
    expect(stepsOf(lowered).length).toBeGreaterThan(3);
    expect(memory.bytes).toBeLessThanOrEqual(2 * 832 + 64);
  });

  it('of a training step is at most 1.5 times the live peak, and printed', () => {
    const { step, start, batch } = trainingStep('float32', 'cpu');
    step(start, batch.x, batch.y);
    const [plan] = step.plans;
    expect(plan.memory.bytes).toBeLessThanOrEqual(1.5 * plan.memory.livePeak);
    expect(String(plan)).toMatch(
      /^compile\(step\) on cpu, \d+\.\d KiB of memory, \d+\.\d KiB of them .*live peak \d+\.\d KiB/,
    );
  });

  it('does not grow over many calls', () => {
    const step = compile((w: Tensor, x: Tensor) => ({ w: add(w, x), all: mul(w, 2), loss: sum(w) }), {
      donate: [0],
    });
    const x = fromTypedArray(new Float32Array(50).fill(1e-3));
    let w: Tensor = fromTypedArray(new Float32Array(50));
    const run = (calls: number): void => {
      for (let i = 0; i < calls; i++) w = step(w, x).w;
    };
    run(3000);
    const before = bytesInUse();
    run(20_000);
    expect(bytesInUse() - before).toBeLessThan(300_000);
    expect(step.plans).toHaveLength(1);
    expect(w.toTypedArray()[0]).toBeCloseTo(23, 1);
  });
});

it('a compiled training keeps its memory through many steps', { timeout: 60_000 }, () => {
  const quadratic = (p: { readonly w: Tensor }, x: Tensor): Tensor => sum(square(sub(p.w, x)));
  const kind = training(adam(), quadratic, { compile: true, gradientNorm: true });
  const run = kind.start({ w: tensor([1, 2, 3]) }, { lr: 0.01 });
  const x = [tensor([0, 0, 0]), tensor([0.1, 0, -0.1])];
  const repeat = (steps: number): void => {
    for (let k = 0; k < steps; k++) run.step(x[k % 2]).loss.item();
  };
  repeat(2000);
  const before = bytesInUse();
  repeat(100_000);
  // Measured: 170 kB less than before. One number kept for each step would be 800 kB.
  expect(bytesInUse() - before).toBeLessThan(300_000);
});
