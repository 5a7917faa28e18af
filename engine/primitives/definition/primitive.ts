/**
 * (3 of 7 in reading order) A primitive is one object in one place: its shape rule, its kernel, its gradient
 * for every input (a VJP, or `flat` with the reason why there is none), its rule for a batch of examples and samples that
 * the tests differentiate to third order. All other operations are written with primitives and need neither.
 *
 * A VJP is written with the primitives' own functions (`mul(g, y)`, never arithmetic on arrays). That is all there
 * is to higher orders: the gradient is again a program of primitives.
 */
import { isFloat } from '../../core/dtype.js';
import type { DType } from '../../ir/kernel.js';
import { DTypeError } from '../../core/errors.js';
import { formatShape } from '../../core/shape.js';
import type { Operation, Tensor } from '../../core/tensor.js';
import { type Rules, readRules } from './rule.js';
import type { BatchRule } from './batch.js';
import type { Sample } from './sample.js';
import type { Simplify } from './simplification.js';

export type { Sample, SampleInput } from './sample.js';

export interface PrimitiveDefinition<Params> extends Pick<Operation<Params>, 'name' | 'signature' | 'lower'> {
  readonly gradient: Rules<Params>;
  /** How it works on inputs that have a batch axis in front. */
  readonly batch: BatchRule<Params>;
  readonly samples: readonly [Sample<Params>, ...Sample<Params>[]];
  readonly linearIn?: LinearIn;
  readonly simplify?: Simplify<Params> | undefined;
}

/**
 * Groups of inputs in which the primitive is linear while the others are held fixed: all of them together, or
 * as in `mul` each one alone. The tests check `<A x, y> = <x, A* y>` for every group.
 */
export type LinearIn = 'jointly' | readonly (readonly number[])[];

export interface Primitive<Params>
  extends Operation<Params>, Pick<PrimitiveDefinition<Params>, 'batch' | 'samples' | 'simplify'> {
  readonly linearIn: LinearIn;
}

const registry = new Map<string, Primitive<unknown>>();

/** All primitives by name, for tests, gradient checks and documentation. */
export const primitives: ReadonlyMap<string, Primitive<unknown>> = registry;

export function definePrimitive<Params>(definition: PrimitiveDefinition<Params>): Primitive<Params> {
  const { gradient, linearIn = [] } = definition;
  const primitive: Primitive<Params> = { ...definition, ...readRules(gradient), linearIn };
  registry.set(definition.name, primitive as Primitive<unknown>);
  return primitive;
}

/** The parameters of a primitive that has none. */
export type NoParams = Readonly<Record<string, never>>;
export const noParams: NoParams = {};

/** The dtype of all inputs; where they differ it throws, as there is no silent promotion. */
export function sameDType(operation: string, inputs: readonly Tensor[]): DType {
  const { dtype } = inputs[0];
  for (const input of inputs)
    if (input.dtype !== dtype)
      throw new DTypeError(
        `${operation}: ${inputs.map((t) => `${t.dtype}${formatShape(t.shape)}`).join(' and ')} do not mix; ` +
          `convert one of them, for example with cast(x, '${isFloat(dtype) ? dtype : input.dtype}').`,
      );
  return dtype;
}

/** @throws DTypeError for an int32 tensor. */
export function requireFloat(operation: string, { dtype, shape }: Tensor): void {
  if (!isFloat(dtype))
    throw new DTypeError(
      `${operation}: works on float32 and float64, got ${dtype}${formatShape(shape)}; use cast(x, 'float32').`,
    );
}
