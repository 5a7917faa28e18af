import { type Kinds, isNumber, readOptions } from '../../engine/core/options.js';
import {
  type Tensor,
  type TensorLike,
  UsageError,
  add,
  div,
  floor,
  full,
  log,
  lt,
  mul,
  pow,
  sub,
} from '../../engine/index.js';
import { between, halfCosine, requirePositive } from './scheduleParts.js';
import { type CosineOptions, type Schedule, cosineKinds } from './schedules.js';

/** `steps` is the length of the first cycle. */
export interface CosineRestartsOptions extends CosineOptions {
  readonly growth?: number;
}

const cosineRestartsKinds: Kinds<CosineRestartsOptions> = { ...cosineKinds, growth: isNumber };

/** `cosine` in cycles, each `growth` times as long as the previous one (by default 1). */
export function cosineRestarts(options: CosineRestartsOptions): Schedule {
  const {
    lr,
    steps,
    growth = 1,
    min = 0,
  } = readOptions<CosineRestartsOptions>('cosineRestarts', options, cosineRestartsKinds, {
    required: ['lr', 'steps'],
  });
  requirePositive('cosineRestarts', { steps });
  if (!(growth >= 1)) throw new UsageError(`cosineRestarts: growth = ${growth} must be at least 1.`);
  return (t) => {
    const { start, length } = growth === 1 ? evenCycle(t, steps) : growingCycle(t, steps, growth);
    return between(min, lr, halfCosine(div(sub(t, start), length)));
  };
}

interface Cycle {
  readonly start: Tensor;
  readonly length: TensorLike;
}

const evenCycle = (t: Tensor, steps: number): Cycle => ({
  start: mul(floor(div(t, steps)), steps),
  length: steps,
});

/**
 * Cycle n begins at `steps * (growth^n - 1) / (growth - 1)`. The logarithm may miss a restart by one, which `n`
 * corrects.
 */
function growingCycle(t: Tensor, steps: number, growth: number): Cycle {
  const scale = (n: Tensor): Tensor => pow(full([], growth, { dtype: t.dtype }), n);
  const startOf = (n: Tensor): Tensor => mul(sub(scale(n), 1), steps / (growth - 1));
  const guess = floor(div(log(add(mul(t, (growth - 1) / steps), 1)), Math.log(growth)));
  const n = add(sub(guess, lt(t, startOf(guess))), sub(1, lt(t, startOf(add(guess, 1)))));
  return { start: startOf(n), length: mul(scale(n), steps) };
}
