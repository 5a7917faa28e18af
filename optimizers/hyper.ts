/** Hyper-parameters: the numbers a rule is tuned by, in natural units, and the ranges in which they are valid. */
import { suggestion } from '../engine/core/nearest.js';
import { describe, isPlainObject, shorten } from '../engine/core/options.js';
import { formatShape } from '../engine/core/shape.js';
import {
  ShapeError,
  Tensor,
  type TensorTree,
  UsageError,
  exp,
  sigmoid,
  sub,
  tensor,
} from '../engine/index.js';
import { requireParameters } from './arguments.js';
import type { Domain, Hyper, HyperParameter, Rule } from './rule.js';
import type { Schedule } from './schedules/schedules.js';

function hyperParameter(initial: number, domain: Domain): HyperParameter {
  requireInRange(domain, 'the initial value', domain, initial);
  return { initial, domain };
}

/** A hyper-parameter in [0, infinity), such as a learning rate. */
export const positive = (initial: number): HyperParameter => hyperParameter(initial, 'positive');
/** A hyper-parameter in [0, 1), such as a decay rate of a mean. */
export const unit = (initial: number): HyperParameter => hyperParameter(initial, 'unit');
/** A hyper-parameter in [0, 1], such as a fraction or a weight. */
export const fraction = (initial: number): HyperParameter => hyperParameter(initial, 'fraction');
/** A hyper-parameter that may be any finite number. */
export const real = (initial: number): HyperParameter => hyperParameter(initial, 'real');

/** A number, a tensor to be differentiated by, or a function of the number of updates so far. */
export type HyperValue = number | Tensor | Schedule;

/** Hyper-parameters as users pass them; those left out have the rule's initial values. */
export type HyperInput<Name extends string> = Readonly<Partial<Record<Name, HyperValue>>>;

/** The hyper-parameters of `under`, overridden by those of `over` that are not undefined. */
export function overlaid<Name extends string>(
  under: HyperInput<Name>,
  over: HyperInput<Name>,
): HyperInput<Name> {
  const entries = Object.entries<HyperValue | undefined>(over).filter(([, value]) => value !== undefined);
  return { ...under, ...(Object.fromEntries(entries) as HyperInput<Name>) };
}

/** The form in which a hyper-parameter is learned: its logarithm, its logit, or the number itself. */
export type Form = 'log' | 'logit' | 'raw';

/** The conversions from the learned number to natural units, and back for the initial value. */
export const forms: Readonly<
  Record<
    Form,
    { readonly natural: (learned: Tensor) => Tensor; readonly learned: (natural: number) => number }
  >
> = {
  log: { natural: exp, learned: Math.log },
  logit: { natural: sigmoid, learned: (x) => Math.log(x / (1 - x)) },
  raw: { natural: (x) => x, learned: (x) => x },
};

/** The form whose every learned number is valid in the domain. */
export const formOf: Readonly<Record<Domain, Form>> = {
  positive: 'log',
  unit: 'logit',
  fraction: 'logit',
  real: 'raw',
};

const ranges: Readonly<Record<Domain, readonly [fits: (value: number) => boolean, range: string]>> = {
  positive: [(value) => value >= 0 && value < Infinity, 'at least 0 and finite'],
  unit: [(value) => value >= 0 && value < 1, 'at least 0 and below 1'],
  fraction: [(value) => value >= 0 && value <= 1, 'from 0 to 1'],
  real: [Number.isFinite, 'finite'],
};

/** @throws UsageError unless a value is a number in the range of a hyper-parameter. */
export function requireInRange(owner: string, name: string, domain: Domain, value: unknown): void {
  if (!Object.hasOwn(ranges, domain))
    throw new UsageError(
      `${owner}: ${name} has no domain; declare it with positive(${String(value)}), unit, fraction or real.`,
    );
  const [fits, range] = ranges[domain];
  if (typeof value !== 'number')
    throw new UsageError(`${owner}: ${name} must be a number; got ${describe(value)}.`);
  if (!fits(value)) throw new UsageError(`${owner}: ${name} = ${value} makes no sense; it must be ${range}.`);
}

/**
 * The hyper-parameters of a rule at each step: the values of `input` over the rule's initial ones, numbers as tensors,
 * schedules evaluated at the number of updates before the step.
 * @throws UsageError for names that the rule lacks, and for values out of range.
 */
export function hyperFor<Name extends string>(
  rule: Rule<Name>,
  params: TensorTree,
  input: HyperInput<Name>,
): (step: Tensor) => Hyper<Name> {
  if (!isPlainObject(input))
    throw new UsageError(
      `${rule.name}: hyper-parameters are an object, as in {lr: 0.1}; got ${describe(input)}.`,
    );
  const names = Object.keys(rule.hyper);
  const unknown = Object.keys(input).filter((name) => !Object.hasOwn(rule.hyper, name));
  if (unknown.length > 0)
    throw new UsageError(
      `${rule.name}: there is no hyper-parameter ${unknown.join(', ')}; it has ${names.join(', ')}.` +
        suggestion(unknown[0], names),
    );
  const { dtype } = requireParameters(rule.name, params);
  const values = Object.entries<HyperParameter>(rule.hyper).map(([name, { initial, domain }]) => {
    const { [name as Name]: value = initial as HyperValue } = input;
    if (value instanceof Tensor || typeof value === 'function') return [name, value] as const;
    if (typeof value !== 'number')
      throw new UsageError(
        `${rule.name}: ${name} is ${typeof value === 'string' ? `${shorten(value)}, of type string` : describe(value)}; give a number, a scalar tensor or a schedule.`,
      );
    requireInRange(rule.name, name, domain, value);
    // 0.99999999 is 1 in float32.
    if (dtype === 'float32') requireInRange(`${rule.name}, in float32`, name, domain, Math.fround(value));
    return [name, tensor(value, { dtype })] as const;
  });
  const at = (step: Tensor): Hyper<Name> => {
    const entries = values.map(([name, value]) => {
      const now = value instanceof Tensor ? value : value(sub(step, 1));
      if (!((now as unknown) instanceof Tensor))
        throw new UsageError(
          `${rule.name}: the schedule of ${name} returned ${describe(now)}; a schedule returns a scalar tensor.`,
        );
      if (now.rank !== 0 || now.dtype !== dtype)
        throw new ShapeError(
          `${rule.name}: ${name} is ${now.dtype}${formatShape(now.shape)}; a hyper-parameter is a scalar, ${dtype}[] here.`,
        );
      return [name, now];
    });
    return Object.fromEntries(entries) as Hyper<Name>;
  };
  if (values.some(([, value]) => typeof value === 'function')) return at;
  let constants: Hyper<Name> | undefined;
  return (step) => (constants ??= at(step));
}
