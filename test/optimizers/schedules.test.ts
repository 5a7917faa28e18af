import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Tensor, grad, tensor } from '../../engine/index.js';
import {
  type Schedule,
  constant,
  cosine,
  cosineRestarts,
  exponential,
  linearWarmup,
  multiStep,
  oneCycle,
  perEpoch,
  polynomial,
  sgd,
  stepDecay,
  trainer,
  unroll,
} from '../../optimizers/index.js';
import { expectSlopes, numbers } from './numbers.js';
import { batchesIn, float64, loss, paramsIn } from './toy.js';

const at = (schedule: Schedule, t: number): number => schedule(float64(t)).item();
const first = (schedule: Schedule, count: number): number[] =>
  Array.from({ length: count }, (_, t) => at(schedule, t));

interface Rates<Options> {
  readonly options: Options;
  readonly lr: readonly number[];
}

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/optimizers/schedules.json', import.meta.url), 'utf8'),
) as {
  readonly restarts: readonly Rates<Parameters<typeof cosineRestarts>[0]>[];
  readonly oneCycle: readonly Rates<Parameters<typeof oneCycle>[0]>[];
};

describe('learning rates as PyTorch has them', () => {
  it.each(golden.restarts)('restarts: $options', ({ options, lr }) => {
    first(cosineRestarts(options), lr.length).forEach((ours, t) => {
      expect(ours, `t = ${t}`).toBeCloseTo(lr[t], 14);
    });
  });

  it.each(golden.oneCycle)('one cycle: $options', ({ options, lr }) => {
    first(oneCycle(options), lr.length).forEach((ours, t) => {
      expect(ours, `t = ${t}`).toBeCloseTo(lr[t], 14);
    });
  });
});

describe('schedules', () => {
  it('stay at their last value', () => {
    expect(at(cosine({ lr: 1, steps: 10, min: 0.25 }), 1000)).toBe(0.25);
    expect(at(polynomial({ lr: 1, steps: 10, power: 2, min: 0.25 }), 1000)).toBe(0.25);
    expect(at(oneCycle({ lr: 1, steps: 10 }), 1000)).toBeCloseTo(4e-6, 15);
    expect(at(linearWarmup({ lr: 2, steps: 10, factor: 0.1 }), 1000)).toBe(2);
    expect(at(constant({ lr: 2 }), 1000)).toBe(2);
  });

  it('restart on the very step, however many cycles there were, in float32 too', () => {
    for (const dtype of ['float32', 'float64'] as const)
      for (const growth of [1, 2, 3, 5, 10]) {
        const schedule = cosineRestarts({ lr: 1, steps: 3, growth });
        for (let start = 0, length = 3; start < 1e6; start += length, length *= growth) {
          expect(schedule(tensor(start, { dtype })).item(), `${dtype} ${growth} ${start}`).toBe(1);
          const before = schedule(tensor(start + length - 1, { dtype })).item();
          expect(before).toBeCloseTo((1 + Math.cos((Math.PI * (length - 1)) / length)) / 2, 5);
          if (growth === 1 && start > 1000) break;
        }
      }
  });

  it('step at the very update, in float32 too', () => {
    const schedule = stepDecay({ lr: 1, factor: 0.5, every: 7 });
    for (const t of [0, 6, 7, 13, 14, 69, 70])
      expect(schedule(tensor(t)).item()).toBe(0.5 ** Math.floor(t / 7));
  });

  it('count epochs where asked to', () => {
    const schedule = perEpoch(exponential({ lr: 1, factor: 0.5 }), 3);
    expect(first(schedule, 7)).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25]);
  });

  it('go on under a warm-up', () => {
    const cooling = cosine({ lr: 1, steps: 10 });
    const schedule = linearWarmup({ lr: cooling, steps: 4, factor: 0.2 });
    expect(at(schedule, 2)).toBeCloseTo(at(cooling, 2) * 0.6, 14);
    expect(at(schedule, 7)).toBe(at(cooling, 7));
  });

  it('refuse what makes no sense', () => {
    expect(() => cosine({ lr: 1, steps: 0 })).toThrow(/cosine: steps = 0 must be above 0/);
    expect(() => cosineRestarts({ lr: 1, steps: 3, growth: 0.5 })).toThrow(
      /growth = 0\.5 must be at least 1/,
    );
    expect(() => oneCycle({ lr: 1, steps: 3 })).toThrow(/leave no update on one side/);
  });
});

describe('a schedule in place of a number', () => {
  const params = paramsIn('float64');
  const batches = batchesIn('float64', 0, 5);
  const lr = cosine({ lr: 0.5, steps: 5 });

  it('gives a trainer the value of each update, from the number of updates before it', () => {
    const training = trainer(sgd(), params, { lr });
    const byHand = trainer(sgd(), params, {});
    batches.forEach((batch, t) => {
      training.step((p) => loss(p, batch));
      byHand.retune({ lr: at(lr, t) });
      byHand.step((p) => loss(p, batch));
    });
    expect(numbers(training.params)).toEqual(numbers(byHand.params));
    expect(numbers(unroll(sgd(), loss, { params, hyper: { lr }, batches }).params)).toEqual(
      numbers(training.params),
    );
    const later = unroll(sgd(), loss, { ...training, hyper: { lr }, batches });
    expect(numbers(later.params)).toEqual(numbers(training.params));
  });

  it('is differentiable with respect to its own parameters', () => {
    const schedules: Readonly<Record<string, (given: Given) => Schedule>> = {
      constant: ({ lr: peak }) => constant({ lr: peak }),
      stepDecay: ({ lr: peak, factor }) => stepDecay({ lr: peak, factor, every: 2 }),
      multiStep: ({ lr: peak, factor }) => multiStep({ lr: peak, factor, milestones: [1, 3] }),
      exponential: ({ lr: peak, factor }) => exponential({ lr: peak, factor }),
      polynomial: ({ lr: peak, factor, min }) => polynomial({ lr: peak, power: factor, steps: 6, min }),
      cosine: ({ lr: peak, min }) => cosine({ lr: peak, min, steps: 4 }),
      cosineRestarts: ({ lr: peak, min }) => cosineRestarts({ lr: peak, min, steps: 2, growth: 2 }),
      linearWarmup: ({ lr: peak, factor }) => linearWarmup({ lr: peak, factor, steps: 3 }),
      oneCycle: ({ lr: peak }) => oneCycle({ lr: peak, steps: 5, warmup: 0.5 }),
    };
    type Given = { readonly lr: Tensor; readonly factor: Tensor; readonly min: Tensor };
    const given = { lr: float64(0.4), factor: float64(0.7), min: float64(0.05) };
    for (const [name, make] of Object.entries(schedules)) {
      const f = (numbersOf: Given): Tensor => {
        const hyper = { lr: make(numbersOf) };
        // What a schedule has no use for would be reported as unreached.
        const idle = numbersOf.factor.add(numbersOf.min).mul(1e-3);
        return loss(unroll(sgd(), loss, { params, hyper, batches }).params, batches[0]).add(idle);
      };
      expect(grad(f)(given).lr.item(), name).not.toBe(0);
      expectSlopes(f, given);
    }
  });
});
