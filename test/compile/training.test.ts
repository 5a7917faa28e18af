import { describe, expect, it } from 'vitest';
import { trainer } from '../../optimizers/index.js';
import { batchOf, lossOf, rule, trainingStep } from './training.js';
import { expectSame, relativeError } from './values.js';

const steps = 30;

describe('training with a compiled step is training with the trainer', () => {
  it.each([
    ['float64', 'cpu'],
    ['float32', 'cpu'],
  ] as const)('in %s on %s to the last bit', (dtype, backend) => {
    const { step, start, lr } = trainingStep(dtype, backend);
    const eager = trainer(rule, start.params, { lr });
    let now = start;
    for (let k = 0; k < steps; k++) {
      const { x, y } = batchOf(dtype, k % 4);
      const done = step(now, x, y);
      now = done.now;
      expectSame(done.loss, eager.step((params) => lossOf(params, x, y)).loss);
    }
    expectSame(now.params, eager.params);
    expectSame(now.state, eager.state);
    expect(step.plans).toHaveLength(1);
  });

  it.each([
    ['float32', 1e-5],
    ['float64', 1e-14],
  ] as const)('in %s on wasm to rounding', (dtype, rounding) => {
    const { step, start, lr } = trainingStep(dtype);
    const eager = trainer(rule, start.params, { lr });
    let now = start;
    const errors: number[] = [];
    for (let k = 0; k < steps; k++) {
      const { x, y } = batchOf(dtype, k % 4);
      const done = step(now, x, y);
      now = done.now;
      errors.push(relativeError(done.loss, eager.step((params) => lossOf(params, x, y)).loss));
    }
    expect(step.plans[0].backend).toBe('wasm');
    expect(Math.max(...errors)).toBeLessThan(rounding);
    expect(relativeError(now.params, eager.params)).toBeLessThan(10 * rounding);
  });
});
