/** Golden cases of operations as functions of tensors: the value, its gradients and its second-order gradients. */
import * as metagrad from '../../engine/index.js';
import {
  type DType,
  type Tensor,
  cast,
  fromTypedArray,
  gt,
  logSoftmax,
  nllLoss,
  stopGradient,
  vjp,
} from '../../engine/index.js';

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

type Op = (inputs: readonly Tensor[], kwargs: Readonly<Record<string, never>>) => Tensor;

/** Where the case's name or arguments are not simply an exported function of the inputs and an options object. */
const special: Readonly<Record<string, Op>> = {
  pow_scalar: ([x], { exponent }) => x.pow(exponent),
  sum_all: ([x]) => x.sum(),
  mean_all: ([x]) => x.mean(),
  var_all: ([x]) => x.var(),
  std_all: ([x]) => x.std(),
  norm_all: ([x]) => x.norm(),
  max_all: ([x]) => x.max(),
  transpose: ([x], { dim0, dim1 }) => x.transpose(dim0, dim1),
  permute: ([x], { dims }) => x.permute(dims),
  reshape: ([x], { shape }) => x.reshape(shape),
  expand: ([x], { shape }) => x.expand(shape),
  flip: ([x], { dims }) => x.flip(dims),
  pad: ([x], { pad }) => x.pad(pad),
  cat: (inputs, options) => metagrad.cat(inputs, options),
  stack: (inputs, options) => metagrad.stack(inputs, options),
  where: ([condition, a, b]) => metagrad.where(gt(condition, 0), a, b),
  conv1d: ([x, weight, bias], options) => metagrad.conv1d(x, weight, bias, options),
  conv2d: ([x, weight, bias], options) => metagrad.conv2d(x, weight, bias, options),
  batch_norm_eval: ([x, mean, variance, weight, bias], options) => {
    const fixed = (t: Tensor): Tensor => stopGradient(t, 'the reference detaches the statistics');
    return metagrad.batchNormEval(x, fixed(mean), fixed(variance), weight, bias, options);
  },
  nll_loss: ([x, target]) => nllLoss(logSoftmax(x, { dim: 1 }), target),
};

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function operationNamed(name: string): Op {
  if (Object.hasOwn(special, name)) return special[name];
  const exported = (metagrad as Readonly<Record<string, unknown>>)[camelCase(name)];
  if (typeof exported !== 'function') throw new Error(`there is no operation ${camelCase(name)}`);
  return (inputs, kwargs) => {
    const options = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [camelCase(key), value]));
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
