/** Checks operations against values, gradients and second-order gradients that PyTorch computed in float64. */
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
import { type Result, compare } from './result.js';

interface Array_ {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly number[];
}

export interface OpsCase {
  readonly name: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Array_[];
  readonly output: Array_;
  readonly cotangent: Array_;
  readonly grads: readonly (Array_ | null)[];
  readonly direction: readonly Array_[] | null;
  readonly second: readonly (Array_ | null)[] | null;
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

function operationNamed(name: string): Op | undefined {
  if (Object.hasOwn(special, name)) return special[name];
  const exported = (metagrad as Readonly<Record<string, unknown>>)[camelCase(name)];
  if (typeof exported !== 'function') return undefined;
  return (inputs, kwargs) => {
    const options = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [camelCase(key), value]));
    return (exported as (...args: unknown[]) => Tensor)(
      ...inputs,
      ...(Object.keys(options).length > 0 ? [options] : []),
    );
  };
}

function toTensor({ shape, dtype, data }: Array_): Tensor {
  return fromTypedArray(dtype.startsWith('int') ? Int32Array.from(data) : Float64Array.from(data), shape);
}

/** One result a case; a gradient that is null in the file is zeros here. */
export function checkOps(golden: { readonly cases: readonly OpsCase[] }, dtype: DType = 'float64'): Result[] {
  return golden.cases.map((item, number) => {
    const name = `${item.name} #${number} ${JSON.stringify(item.kwargs)}`;
    const operation = operationNamed(item.name);
    if (operation === undefined)
      return { name, ok: false, detail: `there is no operation ${camelCase(item.name)}` };
    try {
      const problems = problemsOf(item, operation, dtype);
      return { name, ok: problems.length === 0, detail: problems.join('; ') };
    } catch (error) {
      return { name, ok: false, detail: `threw ${String(error)}` };
    }
  });
}

function problemsOf(item: OpsCase, operation: Op, dtype: DType): string[] {
  const inputs = item.inputs.map(toTensor);
  const isFloat = (t: Tensor): boolean => t.dtype !== 'int32';
  const floats = inputs.filter(isFloat).map((t) => cast(t, dtype));
  const f = (given: readonly Tensor[]): Tensor => {
    let next = 0;
    return operation(
      inputs.map((t) => (isFloat(t) ? given[next++] : t)),
      item.kwargs as Readonly<Record<string, never>>,
    );
  };
  const problems: string[] = [];
  const check = (what: string, actual: Tensor, expected: Array_ | null, tolerance: number): void => {
    const wanted = expected ?? { shape: actual.shape, data: new Array<number>(actual.size).fill(0) };
    if (actual.shape.join() !== wanted.shape.join())
      problems.push(`${what}: shape [${actual.shape.join()}] instead of [${wanted.shape.join()}]`);
    const worst = compare(actual.toTypedArray(), wanted.data, tolerance);
    if (worst !== null)
      problems.push(
        `${what}[${worst.index}] = ${worst.actual} instead of ${worst.expected} (${worst.excess.toPrecision(3)} times the tolerance ${tolerance})`,
      );
  };
  const cotangent = cast(toTensor(item.cotangent), dtype);
  const gradient = (x: readonly Tensor[]): readonly Tensor[] => vjp(f)(x).pullback(cotangent);
  check('output', f(floats), item.output, 1e-9);
  gradient(floats).forEach((g, i) => {
    check(`grad ${i}`, g, item.grads[i], 1e-9);
  });
  if (item.direction !== null && item.second !== null) {
    const direction = item.direction.map((d) => cast(toTensor(d), dtype));
    const { pullback } = vjp(gradient)(floats);
    pullback(direction).forEach((g, i) => {
      check(`second ${i}`, g, item.second![i], 1e-8);
    });
  }
  return problems;
}
