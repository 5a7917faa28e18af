/**
 * Schedules: hyper-parameters as functions of time. `t` is the number of updates so far, from 0 (or of epochs, see
 * `perEpoch`), and a tensor; numbers in the options may be tensors too, and then gradients reach them. Values are absolute,
 * learning rates and not factors, and stay constant after the end of a schedule.
 */
import { requireFunction } from '../../engine/core/arguments.js';
import {
  type Kinds,
  either,
  isFunction,
  isList,
  isNumber,
  isPositive,
  kind,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import {
  Tensor,
  type TensorLike,
  UsageError,
  add,
  div,
  floor,
  full,
  lt,
  mul,
  pow,
  sub,
  where,
} from '../../engine/index.js';
import { isNumberOrTensor } from '../arguments.js';
import { between, halfCosine, progress, requirePositive, scalar } from './scheduleParts.js';

/** A value at time t, both scalars of the parameters' dtype. */
export type Schedule = (t: Tensor) => Tensor;

export interface ConstantOptions {
  readonly lr: TensorLike;
}

const constantKinds: Kinds<ConstantOptions> = { lr: isNumberOrTensor };

/** `lr`, always. */
export function constant(options: ConstantOptions): Schedule {
  const { lr } = readOptions<ConstantOptions>('constant', options, constantKinds, { required: ['lr'] });
  return (t) => scalar(lr, t);
}

export interface StepDecayOptions {
  readonly lr: TensorLike;
  readonly factor: TensorLike;
  readonly every: number;
}

const stepDecayKinds: Kinds<StepDecayOptions> = {
  lr: isNumberOrTensor,
  factor: isNumberOrTensor,
  every: isNumber,
};

/** `lr * factor^floor(t / every)`: multiplied by `factor` after every `every` updates. */
export function stepDecay(options: StepDecayOptions): Schedule {
  const { lr, factor, every } = readOptions<StepDecayOptions>('stepDecay', options, stepDecayKinds, {
    required: ['lr', 'factor', 'every'],
  });
  requirePositive('stepDecay', { every });
  return (t) => mul(lr, pow(scalar(factor, t), floor(div(t, every))));
}

const isNumbers = kind(
  'an array of numbers',
  (value) => isList.accepts(value) && (value as unknown[]).every((each) => Number.isFinite(each)),
);

export interface MultiStepOptions {
  readonly lr: TensorLike;
  readonly factor: TensorLike;
  readonly milestones: readonly number[];
}

const multiStepKinds: Kinds<MultiStepOptions> = {
  lr: isNumberOrTensor,
  factor: isNumberOrTensor,
  milestones: isNumbers,
};

/** `lr * factor^(number of milestones reached)`. */
export function multiStep(options: MultiStepOptions): Schedule {
  const { lr, factor, milestones } = readOptions<MultiStepOptions>('multiStep', options, multiStepKinds, {
    required: ['lr', 'factor', 'milestones'],
  });
  return (t) => {
    const reached = milestones
      .map((milestone) => sub(1, lt(t, milestone)))
      .reduce(add, full([], 0, { dtype: t.dtype }));
    return mul(lr, pow(scalar(factor, t), reached));
  };
}

export interface ExponentialOptions {
  readonly lr: TensorLike;
  readonly factor: TensorLike;
  readonly every?: number;
}

const exponentialKinds: Kinds<ExponentialOptions> = {
  lr: isNumberOrTensor,
  factor: isNumberOrTensor,
  every: isNumber,
};

/** `lr * factor^(t / every)`: the smooth form of `stepDecay`. */
export function exponential(options: ExponentialOptions): Schedule {
  const {
    lr,
    factor,
    every = 1,
  } = readOptions<ExponentialOptions>('exponential', options, exponentialKinds, {
    required: ['lr', 'factor'],
  });
  requirePositive('exponential', { every });
  return (t) => mul(lr, pow(scalar(factor, t), div(t, every)));
}

export interface CosineOptions {
  readonly lr: TensorLike;
  readonly steps: number;
  readonly min?: TensorLike;
}

export const cosineKinds: Kinds<CosineOptions> = {
  lr: isNumberOrTensor,
  steps: isNumber,
  min: isNumberOrTensor,
};

export interface PolynomialOptions extends CosineOptions {
  readonly power: TensorLike;
}

const polynomialKinds: Kinds<PolynomialOptions> = { ...cosineKinds, power: isNumberOrTensor };

/** `lr * (1 - t / steps)^power`, down to `min` (by default 0) in `steps` updates. */
export function polynomial(options: PolynomialOptions): Schedule {
  const {
    lr,
    steps,
    power,
    min = 0,
  } = readOptions<PolynomialOptions>('polynomial', options, polynomialKinds, {
    required: ['lr', 'steps', 'power'],
  });
  requirePositive('polynomial', { steps });
  return (t) => between(min, lr, pow(sub(1, progress(t, steps)), power));
}

/**
 * `min + (lr - min) * (1 + cos(pi * t / steps)) / 2`: from lr to `min` (by default 0) in `steps` updates (Loshchilov
 * and Hutter 2017). PyTorch's rises again afterwards.
 */
export function cosine(options: CosineOptions): Schedule {
  const {
    lr,
    steps,
    min = 0,
  } = readOptions<CosineOptions>('cosine', options, cosineKinds, { required: ['lr', 'steps'] });
  requirePositive('cosine', { steps });
  return (t) => between(min, lr, halfCosine(progress(t, steps)));
}

export interface LinearWarmupOptions {
  readonly lr: TensorLike | Schedule;
  readonly steps: number;
  readonly factor: TensorLike;
}

const linearWarmupKinds: Kinds<LinearWarmupOptions> = {
  lr: either(isNumberOrTensor, isFunction),
  steps: isNumber,
  factor: isNumberOrTensor,
};

/**
 * `lr * (factor + (1 - factor) * t / steps)` for the first `steps` updates, then lr, which may itself be a schedule that
 * runs from the beginning: `linearWarmup({lr: cosine({...}), ...})`.
 */
export function linearWarmup(options: LinearWarmupOptions): Schedule {
  const { lr, steps, factor } = readOptions<LinearWarmupOptions>('linearWarmup', options, linearWarmupKinds, {
    required: ['lr', 'steps', 'factor'],
  });
  requirePositive('linearWarmup', { steps });
  return (t) => mul(typeof lr === 'function' ? lr(t) : lr, between(factor, 1, progress(t, steps)));
}

export interface OneCycleOptions {
  readonly lr: TensorLike;
  readonly steps: number;
  readonly warmup?: number;
  readonly startFactor?: number;
  readonly endFactor?: number;
}

const oneCycleKinds: Kinds<OneCycleOptions> = {
  lr: isNumberOrTensor,
  steps: isNumber,
  warmup: isNumber,
  startFactor: isNumber,
  endFactor: isNumber,
};

/**
 * Up from `lr * startFactor` to lr in the first fraction `warmup` of the updates, then down to `lr * endFactor`, each along
 * half a cosine (Smith and Topin 2018). The defaults are PyTorch's: 0.3, 1/25, and 1/25 of 1e-4.
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const {
    lr,
    steps,
    warmup = 0.3,
    startFactor = 1 / 25,
    endFactor = 1e-4 / 25,
  } = readOptions<OneCycleOptions>('oneCycle', options, oneCycleKinds, { required: ['lr', 'steps'] });
  const peak = warmup * steps - 1;
  const rest = steps - 1 - peak;
  if (!(peak > 0 && rest > 0))
    throw new UsageError(
      `oneCycle: ${steps} steps with a fraction of ${warmup} for the warm-up leave no update on one side of the peak.`,
    );
  return (t) => {
    const up = between(1, startFactor, halfCosine(progress(t, peak)));
    const down = between(endFactor, 1, halfCosine(progress(sub(t, peak), rest)));
    return mul(lr, where(lt(peak, t), down, up));
  };
}

/** A schedule whose time is epochs, for a trainer that counts updates: `schedule(floor(t / stepsPerEpoch))`. */
export function perEpoch(schedule: Schedule, stepsPerEpoch: number): Schedule {
  requireFunction('perEpoch', schedule, 'a schedule, as in cosine(...)');
  requireKind('perEpoch', 'stepsPerEpoch', stepsPerEpoch, isPositive);
  return (t) => schedule(floor(div(t, stepsPerEpoch)));
}
