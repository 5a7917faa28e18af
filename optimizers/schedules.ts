/**
 * Hyper-parameters as functions of time. `t` counts the updates made so far, from 0 (or epochs, see `perEpoch`), and is
 * a tensor; so may be the numbers given to a schedule, and then gradients reach them. Values are absolute, learning
 * rates and not factors, and stay what they are at the end when a schedule is over.
 */
import {
  Tensor,
  type TensorLike,
  UsageError,
  add,
  cos,
  div,
  floor,
  full,
  log,
  lt,
  minimum,
  mul,
  pow,
  sub,
  where,
} from '../engine/index.js';

/** A value at time t, both scalars of the parameters' dtype. */
export type Schedule = (t: Tensor) => Tensor;

/** `lr`, always. */
export const constant =
  ({ lr }: { readonly lr: TensorLike }): Schedule =>
  (t) =>
    scalar(lr, t);

/** `lr * factor^floor(t / every)`: times factor after every so many updates. */
export function stepDecay(options: {
  readonly lr: TensorLike;
  readonly factor: TensorLike;
  readonly every: number;
}): Schedule {
  const { lr, factor, every } = options;
  requirePositive('stepDecay', { every });
  return (t) => mul(lr, pow(scalar(factor, t), floor(div(t, every))));
}

/** `lr * factor^(how many of the milestones t has reached)`. */
export function multiStep(options: {
  readonly lr: TensorLike;
  readonly factor: TensorLike;
  readonly milestones: readonly number[];
}): Schedule {
  const { lr, factor, milestones } = options;
  return (t) => {
    const reached = milestones
      .map((milestone) => sub(1, lt(t, milestone)))
      .reduce(add, full([], 0, { dtype: t.dtype }));
    return mul(lr, pow(scalar(factor, t), reached));
  };
}

/** `lr * factor^(t / every)`: the smooth form of `stepDecay`. */
export function exponential(options: {
  readonly lr: TensorLike;
  readonly factor: TensorLike;
  readonly every?: number;
}): Schedule {
  const { lr, factor, every = 1 } = options;
  requirePositive('exponential', { every });
  return (t) => mul(lr, pow(scalar(factor, t), div(t, every)));
}

/** `lr * (1 - t / steps)^power`, down to `min` (0 unless given) in `steps` updates. */
export function polynomial(options: {
  readonly lr: TensorLike;
  readonly steps: number;
  readonly power: TensorLike;
  readonly min?: TensorLike;
}): Schedule {
  const { lr, steps, power, min = 0 } = options;
  requirePositive('polynomial', { steps });
  return (t) => between(min, lr, pow(sub(1, progress(t, steps)), power));
}

/**
 * `min + (lr - min) * (1 + cos(pi * t / steps)) / 2`: from lr to `min` (0 unless given) in `steps` updates (Loshchilov
 * and Hutter 2017). PyTorch's rises again afterwards.
 */
export function cosine(options: {
  readonly lr: TensorLike;
  readonly steps: number;
  readonly min?: TensorLike;
}): Schedule {
  const { lr, steps, min = 0 } = options;
  requirePositive('cosine', { steps });
  return (t) => between(min, lr, halfCosine(progress(t, steps)));
}

/** `cosine` again and again; each cycle takes `growth` times as many updates as the one before (1 unless given). */
export function cosineRestarts(options: {
  readonly lr: TensorLike;
  /** Of the first cycle. */
  readonly steps: number;
  readonly growth?: number;
  readonly min?: TensorLike;
}): Schedule {
  const { lr, steps, growth = 1, min = 0 } = options;
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

/** Cycle n begins at `steps * (growth^n - 1) / (growth - 1)`. The logarithm may miss a restart by one; the next line mends it. */
function growingCycle(t: Tensor, steps: number, growth: number): Cycle {
  const scale = (n: Tensor): Tensor => pow(full([], growth, { dtype: t.dtype }), n);
  const startOf = (n: Tensor): Tensor => mul(sub(scale(n), 1), steps / (growth - 1));
  const guess = floor(div(log(add(mul(t, (growth - 1) / steps), 1)), Math.log(growth)));
  const n = add(sub(guess, lt(t, startOf(guess))), sub(1, lt(t, startOf(add(guess, 1)))));
  return { start: startOf(n), length: mul(scale(n), steps) };
}

/**
 * `lr * (factor + (1 - factor) * t / steps)` for the first `steps` updates, then lr. What is warmed up may itself be a
 * schedule, which runs from the beginning: `linearWarmup({lr: cosine({...}), ...})`.
 */
export function linearWarmup(options: {
  readonly lr: TensorLike | Schedule;
  readonly steps: number;
  readonly factor: TensorLike;
}): Schedule {
  const { lr, steps, factor } = options;
  requirePositive('linearWarmup', { steps });
  return (t) => mul(typeof lr === 'function' ? lr(t) : lr, between(factor, 1, progress(t, steps)));
}

/**
 * Up from `lr * startFactor` to lr in the first `warmup` share of the updates, then down to `lr * endFactor`, each along
 * half a cosine (Smith and Topin 2018). Shares and factors are PyTorch's: 0.3, 1/25, and 1/25 of 1e-4.
 */
export function oneCycle(options: {
  readonly lr: TensorLike;
  readonly steps: number;
  readonly warmup?: number;
  readonly startFactor?: number;
  readonly endFactor?: number;
}): Schedule {
  const { lr, steps, warmup = 0.3, startFactor = 1 / 25, endFactor = 1e-4 / 25 } = options;
  const peak = warmup * steps - 1;
  const rest = steps - 1 - peak;
  if (!(peak > 0 && rest > 0))
    throw new UsageError(
      `oneCycle: ${steps} steps with a share of ${warmup} to warm up leave no update on one side of the peak.`,
    );
  return (t) => {
    const up = between(1, startFactor, halfCosine(progress(t, peak)));
    const down = between(endFactor, 1, halfCosine(progress(sub(t, peak), rest)));
    return mul(lr, where(lt(peak, t), down, up));
  };
}

/** A schedule whose time is epochs, for a trainer that counts updates: `schedule(floor(t / stepsPerEpoch))`. */
export function perEpoch(schedule: Schedule, stepsPerEpoch: number): Schedule {
  requirePositive('perEpoch', { stepsPerEpoch });
  return (t) => schedule(floor(div(t, stepsPerEpoch)));
}

const scalar = (value: TensorLike, t: Tensor): Tensor =>
  value instanceof Tensor ? value : full([], value, { dtype: t.dtype });

/** `t / steps`, at most 1. */
const progress = (t: Tensor, steps: number): Tensor => minimum(div(t, steps), 1);

/** From 1 at 0 to 0 at 1. */
const halfCosine = (x: Tensor): Tensor => mul(add(cos(mul(x, Math.PI)), 1), 0.5);

/** `from` at 0, `to` at 1. */
const between = (from: TensorLike, to: TensorLike, x: Tensor): Tensor =>
  add(mul(scalar(from, x), sub(1, x)), mul(scalar(to, x), x));

function requirePositive(schedule: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options))
    if (!(value > 0 && value < Infinity))
      throw new UsageError(`${schedule}: ${name} = ${value} must be above 0 and finite.`);
}
