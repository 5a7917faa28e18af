/**
 * A function as gradcheck sees it: lists of float64 tensors in and out, with names. The gradient of a field is
 * again a field, which is how any order of differentiation is checked by the same code.
 */
import { refusePromise } from '../core/arguments.js';
import { DTypeError, ShapeError, UsageError } from '../core/errors.js';
import type { Generator } from '../random/generator.js';
import { formatShape } from '../core/shape.js';
import { sameShape, sizeOf } from '../ir/layout.js';
import { ownTypedArray } from '../core/create.js';
import { type Tensor } from '../core/tensor.js';
import { type Path, leavesOf, unflatten } from '../core/tree.js';
import { vjp } from '../grad/derivatives.js';
import { type FlatField, type Slot, double, rangeOf, sizeOfAll } from './flat.js';

export interface Field {
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  /** The point at which the field is checked. */
  readonly point: readonly Tensor[];
  readonly apply: (point: readonly Tensor[]) => readonly Tensor[];
}

/** f with its float tensors as variables; int32 tensors are held fixed, int32 results are left out. */
export function fieldOf(f: (...args: never) => unknown, args: readonly unknown[]): Field {
  const leaves = leavesOf(args, 'gradcheck');
  const variables = leaves.filter(({ tensor }) => tensor.dtype !== 'int32');
  for (const { path, tensor } of variables) requireDouble(argumentName(path), tensor);
  if (variables.length === 0)
    throw new UsageError('gradcheck: no argument is a float64 tensor, so there is nothing to differentiate.');
  const apply = (point: readonly Tensor[]): SlottedTensors => {
    let next = 0;
    const varied = unflatten(
      args,
      leaves.map(({ tensor }) => (tensor.dtype === 'int32' ? tensor : point[next++])),
    );
    const result = (f as (...args: readonly unknown[]) => unknown)(...varied);
    refusePromise('gradcheck', result);
    return slotted(result);
  };
  const point = variables.map(({ tensor }) => tensor);
  return {
    inputs: variables.map(({ path, tensor }) => ({ name: argumentName(path), shape: tensor.shape })),
    outputs: apply(point).slots,
    point,
    apply: (at) => apply(at).tensors,
  };
}

interface SlottedTensors {
  readonly tensors: readonly Tensor[];
  readonly slots: readonly Slot[];
}

function slotted(result: unknown): SlottedTensors {
  const leaves = leavesOf(result, 'gradcheck').filter(({ tensor }) => tensor.dtype !== 'int32');
  if (leaves.length === 0)
    throw new UsageError('gradcheck: the function returned no float tensor, so it has no gradient.');
  const slots = leaves.map(({ path, tensor }) => {
    const name = path === '' ? 'result' : `result.${path}`;
    requireDouble(name, tensor);
    return { name, shape: tensor.shape };
  });
  return { tensors: leaves.map(({ tensor }) => tensor), slots };
}

/** The field `(x, cotangents) -> J(x)^T cotangents` at random cotangents. */
export function gradientOf(field: Field, order: number, random: Generator): Field {
  const { inputs, outputs, point, apply } = field;
  const cotangents = outputs.map(({ shape }) =>
    ownTypedArray(random.normal(sizeOf(shape), { dtype: 'float64' }), shape),
  );
  const which = order === 1 ? 'gradient' : `order-${order} gradient`;
  return {
    inputs: [...inputs, ...outputs.map(({ name, shape }) => ({ name: `cotangent of ${name}`, shape }))],
    outputs: inputs.map(({ name, shape }) => ({ name: `${which} for ${name}`, shape })),
    point: [...point, ...cotangents],
    apply(at) {
      return vjp(apply)(at.slice(0, inputs.length)).pullback(at.slice(inputs.length));
    },
  };
}

/** The field over single arrays, with all elements of its tensors one after the other. */
export function flatten({ inputs, outputs, point, apply }: Field): FlatField {
  const { value, pullback } = vjp(apply)(point);
  return {
    inputs,
    outputs,
    point: join(point),
    value: join(value),
    evaluate(at) {
      const values = apply(split(at, inputs));
      values.forEach(({ shape }, i) => {
        if (!sameShape(shape, outputs[i].shape))
          throw new ShapeError(
            `gradcheck: ${outputs[i].name} has shape ${formatShape(outputs[i].shape)} at the point and ${formatShape(shape)} ` +
              'next to it; a result whose shape depends on values has no derivative.',
          );
      });
      return join(values);
    },
    pullback: (cotangent) => join(pullback(split(cotangent, outputs))),
    precision: double,
  };
}

function split(values: Float64Array, slots: readonly Slot[]): Tensor[] {
  return slots.map(({ shape }, slot) => ownTypedArray(values.slice(...rangeOf(slots, slot)), shape));
}

function join(tensors: readonly Tensor[]): Float64Array {
  const all = new Float64Array(sizeOfAll(tensors));
  tensors.forEach((tensor, slot) => {
    all.set(tensor.toTypedArray(), rangeOf(tensors, slot)[0]);
  });
  return all;
}

/** The path `0.layers.1` of the list of arguments as `args[0].layers.1`. */
function argumentName(path: Path): string {
  const [position, ...rest] = path.split('.');
  return [`args[${position}]`, ...rest].join('.');
}

function requireDouble(name: string, { dtype, shape }: Tensor): void {
  if (dtype !== 'float64')
    throw new DTypeError(
      `gradcheck: ${name} is ${dtype}${formatShape(shape)}; differences drown in the rounding of float32. ` +
        "Use float64 arguments, as in tensor(values, {dtype: 'float64'}) or cast(x, 'float64').",
    );
}
