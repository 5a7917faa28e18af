/** The steps of a stage are independent: whichever comes first, the plan computes the same to the last bit. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCpu } from '../../engine/backends/cpu/cpu.js';
import type { Executable } from '../../engine/backends/executable.js';
import { compileWasm } from '../../engine/backends/wasm/wasm.js';
import { Generator, type Tensor, grad, mul, stack, sub, tanh, trace } from '../../engine/index.js';
import type { TypedArray } from '../../engine/ir/kernel.js';
import { type LoweredPlan, type MemoryPlan, type Step, stepsOf } from '../../engine/ir/plan.js';
import { runPasses } from '../../engine/plan/passes.js';
import { type Choice, program, runProgram } from './programs.js';
import { trainingStep } from './training.js';

const shapes = [[2, 3], [3, 2], [6]];

/** One step of gradient descent along a random program; with aliases, its results are written over its arguments. */
const updated =
  (choices: readonly Choice[]) =>
  (...x: Tensor[]): readonly Tensor[] => {
    const slopes = grad((y: readonly Tensor[]) => runProgram(choices, y)[0])(x);
    return [
      ...x.map((one, i) => sub(one, mul(slopes[i], 0.1))),
      ...runProgram(choices, x),
      stack(slopes.map((g) => tanh(g.sum()))),
    ];
  };

const aliases = shapes.map((_, i) => ({ input: i, output: i }));

type Order = (stage: readonly Step[]) => readonly Step[];

const backends: readonly (readonly [
  string,
  'float32' | 'float64',
  (plan: LoweredPlan, memory: MemoryPlan) => Executable,
])[] = [
  ['cpu', 'float64', compileCpu],
  ['wasm', 'float32', (plan, memory) => compileWasm(plan, memory)],
  ['wasm', 'float64', (plan, memory) => compileWasm(plan, memory)],
];

describe.each(backends)('the steps of a stage on %s in %s', (_, dtype, compileFor) => {
  const results = (plan: LoweredPlan, memory: MemoryPlan, seed: number, order: Order): TypedArray[] => {
    const executable = compileFor({ ...plan, stages: plan.stages.map(order) }, memory);
    const random = new Generator(seed);
    for (const buffer of plan.inputs) executable.view(buffer).set(random.normal(plan.buffers[buffer].size));
    executable.run();
    return plan.outputs.map(({ buffer }) => executable.view(buffer).slice());
  };

  it('run in any order', () => {
    let [stages, steps] = [0, 0];
    fc.assert(
      fc.property(program, fc.nat(1e6), fc.boolean(), (choices, seed, donated) => {
        const signatures = shapes.map((shape) => ({ shape, dtype }));
        const { lowered, memory } = runPasses(trace(updated(choices), ...signatures), donated ? aliases : []);
        const expected = results(lowered, memory, seed, (stage) => stage);
        const random = new Generator(seed + 1);
        const orders: Order[] = [
          (stage) => [...stage].reverse(),
          (stage) => Array.from(random.permutation(stage.length), (i) => stage[i]),
        ];
        for (const order of orders) expect(results(lowered, memory, seed, order)).toEqual(expected);
        stages += lowered.stages.length;
        steps += stepsOf(lowered).length;
      }),
      { numRuns: 60, seed: 3 },
    );
    // The property would be worth little if most stages had one step.
    expect(steps / stages).toBeGreaterThan(1.3);
  });
});

it('a training step has fewer stages than steps', () => {
  const { step, start, batch } = trainingStep('float32', 'wasm');
  step(start, batch.x, batch.y);
  const [{ steps }] = step.plans;
  expect(steps.stages.length).toBeLessThan(0.75 * stepsOf(steps).length);
  expect(steps.stages.every((stage) => stage.length > 0)).toBe(true);
});
