/** Golden cases of operations as functions of tensors: the value, its gradients and its second-order gradients. */
import * as metagrad from '../../engine/index.js';
import { type DType, type Tensor, cast, fromTypedArray, vjp } from '../../engine/index.js';
import { basics } from './cases/basics.js';
import { layers } from './cases/layers.js';
import { linalg } from './cases/linalg.js';
import { type Operation, type Operations, camelCase, optionsOf } from './cases/operation.js';
import { tensors } from './cases/tensors.js';

export interface GoldenArray {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly number[];
}

export interface OpsCase {
  readonly name: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly inputs: readonly GoldenArray[];
  readonly output: GoldenArray;
  readonly cotangent: GoldenArray;
  readonly grads: readonly (GoldenArray | null)[];
  readonly direction: readonly GoldenArray[] | null;
  readonly second: readonly (GoldenArray | null)[] | null;
}

/** What a case's functions are given. */
export interface Arguments {
  readonly floats: readonly Tensor[];
  readonly indices: readonly Tensor[];
  readonly cotangent: Tensor;
  /** One tensor for each of `floats`; null where the operation has no second order. */
  readonly direction: readonly Tensor[] | null;
}

type CaseFunction = (given: Arguments) => readonly Tensor[];

/** Closed functions, so that they can be compiled. */
export interface CaseFunctions {
  readonly value: CaseFunction;
  /** `J^T cotangent` for each of `floats`. */
  readonly gradient: CaseFunction;
  /** The gradients of `<gradient, direction>`. */
  readonly second: CaseFunction;
}

/** One file of translations for each family of operations; a case without one is called by its own name. */
const translations: Operations = { ...basics, ...tensors, ...layers, ...linalg };

function operationNamed(name: string): Operation {
  if (Object.hasOwn(translations, name)) return translations[name];
  const exported = (metagrad as Readonly<Record<string, unknown>>)[camelCase(name)];
  if (typeof exported !== 'function') throw new Error(`there is no operation ${camelCase(name)}`);
  return (inputs, kwargs) => {
    const options = optionsOf(kwargs);
    return (exported as (...args: unknown[]) => Tensor)(
      ...inputs,
      ...(Object.keys(options).length > 0 ? [options] : []),
    );
  };
}

const isFloating = ({ dtype }: GoldenArray): boolean => !dtype.startsWith('int');

const toTensor = (array: GoldenArray): Tensor =>
  fromTypedArray(
    isFloating(array) ? Float64Array.from(array.data) : Int32Array.from(array.data),
    array.shape,
  );

/** @throws Error if there is no operation of the case's name. */
export function functionsOf({ name, kwargs, inputs }: OpsCase): CaseFunctions {
  const operation = operationNamed(name);
  const value: CaseFunction = ({ floats, indices }) => {
    let [float, index] = [0, 0];
    const all = inputs.map((input) => (isFloating(input) ? floats[float++] : indices[index++]));
    return [operation(all, kwargs as Readonly<Record<string, never>>)];
  };
  const gradient: CaseFunction = ({ floats, ...rest }) =>
    vjp((x: readonly Tensor[]) => value({ ...rest, floats: x })[0])(floats).pullback(rest.cotangent);
  const second: CaseFunction = ({ floats, ...rest }) =>
    vjp((x: readonly Tensor[]) => gradient({ ...rest, floats: x }))(floats).pullback(rest.direction!);
  return { value, gradient, second };
}

/** The case's numbers, those with fractions rounded to the dtype. */
export function argumentsOf({ inputs, cotangent, direction }: OpsCase, dtype: DType): Arguments {
  const rounded = (array: GoldenArray): Tensor => cast(toTensor(array), dtype);
  return {
    floats: inputs.filter(isFloating).map(rounded),
    indices: inputs.filter((input) => !isFloating(input)).map(toTensor),
    cotangent: rounded(cotangent),
    direction: direction?.map(rounded) ?? null,
  };
}
