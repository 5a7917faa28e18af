/** The format of gen_optimizers.py, and the small problem in it: a two-layer network, training and validation batches. */
import { Tensor, crossEntropy, linear, relu, tensor } from '../../../engine/index.js';
import type { Model } from '../../../engine/nn/index.js';
import { compare } from '../result.js';

type Numbers = number | readonly Numbers[];

export interface Golden {
  readonly params: readonly Numbers[];
  readonly x: readonly Numbers[];
  readonly y: readonly Numbers[];
  readonly x_val: readonly Numbers[];
  readonly y_val: readonly Numbers[];
  readonly gate2: readonly Numbers[];
  readonly gateN: readonly Numbers[];
  readonly rules: Readonly<Record<string, GoldenRule>>;
  readonly schedules: Readonly<Record<string, unknown>>;
}

export interface GoldenRule {
  readonly hyper: Readonly<Record<string, unknown>>;
  readonly [quantity: string]: unknown;
}

export type Params = readonly Tensor[];

export interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

export interface Problem {
  readonly params: Params;
  readonly train: readonly Batch[];
  readonly metaVal: readonly Batch[];
  readonly statisticsGate: Params;
  readonly gradientGate: Params;
}

export function problemOf(golden: Golden): Problem {
  const float = (values: Numbers): Tensor => tensor(values, { dtype: 'float64' });
  const batches = (x: readonly Numbers[], y: readonly Numbers[]) =>
    x.map((rows, i) => ({ x: float(rows), y: tensor(y[i], { dtype: 'int32' }) }));
  return {
    params: golden.params.map(float),
    train: batches(golden.x, golden.y),
    metaVal: batches(golden.x_val, golden.y_val),
    statisticsGate: golden.gate2.map(float),
    gradientGate: golden.gateN.map(float),
  };
}

/** Linear, ReLU, linear: the network, and without their sigmoids the gates. */
const forward = ([weight1, bias1, weight2, bias2]: Params, x: Tensor): Tensor =>
  linear(relu(linear(x, weight1, bias1)), weight2, bias2);

export const loss = (params: Params, { x, y }: Batch): Tensor => crossEntropy(forward(params, x), y);

export const gateModel: Model<Params> = {
  init: () => {
    throw new Error('the gate begins at the numbers of the file');
  },
  apply: forward,
};

/** Collects what differs from the file by more than 1e-9. */
export interface Comparison {
  readonly problems: readonly string[];
  readonly check: (quantity: string, ours: unknown, golden: unknown) => void;
  /** Every quantity of a record against ours of that name; one that is missing on either side is a problem. */
  readonly checkAll: (
    ours: Readonly<Record<string, unknown>>,
    golden: Readonly<Record<string, unknown>>,
  ) => void;
}

export function comparison(): Comparison {
  const problems: string[] = [];
  const check = (quantity: string, ours: unknown, golden: unknown): void => {
    const actual = numbersOf(ours);
    const expected = numbersOf(golden);
    const worst = compare(actual, expected, 1e-9);
    if (expected.length === 0) problems.push(`${quantity}: no numbers in the file`);
    else if (actual.length !== expected.length)
      problems.push(`${quantity}: ${actual.length} numbers instead of ${expected.length}`);
    else if (worst !== null)
      problems.push(
        `${quantity}[${worst.index}] = ${worst.actual} instead of ${worst.expected} (${worst.excess.toPrecision(3)} times the tolerance)`,
      );
  };
  return {
    problems,
    check,
    checkAll(ours, golden) {
      for (const [quantity, expected] of Object.entries(golden)) {
        if (quantity in ours) check(quantity, ours[quantity], expected);
        else problems.push(`${quantity}: not known here`);
      }
      for (const quantity of Object.keys(ours))
        if (!(quantity in golden)) problems.push(`${quantity}: missing in the file`);
    },
  };
}

/** All numbers in nested arrays, records and tensors, in order. */
function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value instanceof Tensor) return Array.from(value.toTypedArray());
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(numbersOf);
  return [];
}
