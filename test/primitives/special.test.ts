/** Values and slopes at NaN, infinities, zeros and denormals, against PyTorch (test/fixtures/ops/special.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  abs,
  add,
  amax,
  amin,
  atan,
  binaryCrossEntropyWithLogits,
  clamp,
  compile,
  cos,
  crossEntropy,
  cumsum,
  div,
  elu,
  erf,
  exp,
  expm1,
  floor,
  fromTypedArray,
  gelu,
  leakyRelu,
  log,
  log1p,
  logSoftmax,
  logsigmoid,
  logsumexp,
  max,
  maximum,
  mean,
  min,
  minimum,
  mseLoss,
  mul,
  narrow,
  neg,
  norm,
  onesLike,
  pow,
  prod,
  reciprocal,
  relu,
  reshape,
  rsqrt,
  sigmoid,
  sign,
  silu,
  sin,
  smoothL1Loss,
  softmax,
  softplus,
  sqrt,
  square,
  std,
  sub,
  sum,
  tanh,
  tensor,
  variance,
  vjp,
  zerosLike,
} from '../../engine/index.js';

interface Case {
  readonly y: readonly string[];
  readonly grads: readonly (readonly string[])[];
}
interface Special {
  readonly points: readonly string[];
  readonly unary: Readonly<Record<string, Case>>;
  readonly pairs: readonly (readonly string[])[];
  readonly binary: Readonly<Record<string, Case>>;
  readonly vectors: readonly (readonly string[])[];
  readonly reductions: Readonly<Record<string, readonly Case[]>>;
}

const special = JSON.parse(
  readFileSync(new URL('../fixtures/ops/special.json', import.meta.url), 'utf8'),
) as Special;

type Function = (...inputs: Tensor[]) => Tensor;
const none = { reduction: 'none' } as const;
const along = { dim: 0 };
const first = (x: Tensor): Tensor => narrow(x, 0, 0, 1);

// prettier-ignore
const unary: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  neg, exp, expm1, log, log1p, tanh, sigmoid, softplus, sin, cos, atan, erf, floor, sqrt, rsqrt, abs, sign, square,
  reciprocal, relu, leakyRelu: (x) => leakyRelu(x), elu: (x) => elu(x), silu, gelu, logsigmoid,
  clamp: (x) => clamp(x, { min: -1, max: 1 }),
  clampMin: (x) => clamp(x, { min: 0 }),
  clampMax: (x) => clamp(x, { max: 0 }),
  smoothL1: (x) => smoothL1Loss(x, zerosLike(x), none),
  mse: (x) => mseLoss(x, zerosLike(x), none),
  bce0: (x) => binaryCrossEntropyWithLogits(x, zerosLike(x), none),
  bce1: (x) => binaryCrossEntropyWithLogits(x, onesLike(x), none),
};
const binary: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  pow,
};
const reductions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sum: (x) => sum(x),
  mean: (x) => mean(x),
  prod: (x) => prod(x, along),
  amax: (x) => amax(x),
  amin: (x) => amin(x),
  max: (x) => max(x, along),
  min: (x) => min(x, along),
  norm: (x) => norm(x),
  var: (x) => variance(x),
  std: (x) => std(x),
  logsumexp: (x) => logsumexp(x),
  softmax: (x) => first(softmax(x, along)),
  logSoftmax: (x) => first(logSoftmax(x, along)),
  crossEntropy: (x) => crossEntropy(reshape(x, [1, -1]), tensor([0], { dtype: 'int32' })),
  cumsum: (x) => narrow(cumsum(x, along), 0, x.size - 1, x.size),
};

/**
 * Where we mean to differ from PyTorch: an operation, 0 for the value or the number of an input for its gradient, and the
 * places as text. `ours` is what comes instead; undefined is left open.
 */
interface Difference {
  readonly name: string;
  readonly part: number;
  readonly at: RegExp;
  readonly ours: number | undefined;
  readonly why: string;
}
const tiny = /^-?9\.99\S*e-41/;
// prettier-ignore
const differences: readonly Difference[] = [
  { name: 'sqrt', part: 1, at: /^-?0(\.0)?$/, ours: 0, why: 'the slope at 0 is defined as 0' },
  { name: 'rsqrt', part: 1, at: /^-0$/, ours: -Infinity, why: 'as at 0: the limit from inside the domain' },
  { name: 'abs', part: 1, at: /NaN/, ours: NaN, why: 'PyTorch loses a NaN' },
  { name: 'sign', part: 0, at: /NaN/, ours: NaN, why: 'NumPy has NaN' },
  { name: 'elu', part: 0, at: tiny, ours: undefined, why: 'PyTorch computes exp(x) - 1' },
  { name: 'gelu', part: 0, at: /^-3/, ours: -0.00404969, why: 'the exact value; PyTorch loses digits' },
  { name: 'clamp', part: 1, at: /NaN/, ours: 1, why: 'PyTorch loses a NaN' },
  { name: 'clampMin', part: 1, at: /NaN/, ours: 1, why: 'PyTorch loses a NaN' },
  { name: 'clampMax', part: 1, at: /NaN/, ours: 1, why: 'PyTorch loses a NaN' },
  { name: 'bce1', part: 0, at: /^-Infinity/, ours: Infinity, why: 'the limit' },
  { name: 'pow', part: 2, at: /^Infinity,-(?!0$)/, ours: 0, why: 'the limit' },
  { name: 'pow', part: 0, at: tiny, ours: undefined, why: 'compiled powers that are denormal are 0' },
  { name: 'pow', part: 1, at: tiny, ours: undefined, why: 'compiled powers that are denormal are 0' },
  { name: 'pow', part: 2, at: tiny, ours: undefined, why: 'compiled powers that are denormal are 0' },
  { name: 'prod', part: 1, at: /./, ours: undefined, why: 'PyTorch divides the product by x' },
  { name: 'var', part: 1, at: /Infinity/, ours: NaN, why: 'infinite minus infinite' },
  { name: 'logsumexp', part: 1, at: /^-Infinity,-Infinity$/, ours: 0, why: 'the limit' },
  { name: 'logsumexp', part: 1, at: /e\+30/, ours: 0.5, why: 'the exact value; PyTorch gives 1' },
];

const numbers = (texts: readonly string[]): Tensor =>
  fromTypedArray(Float32Array.from(texts, Number), [texts.length]);

const isSame = (ours: number, theirs: number): boolean =>
  Object.is(ours + 0, theirs + 0) ||
  (Number.isFinite(theirs) && Math.abs(ours - theirs) <= 2e-5 * Math.abs(theirs) + 1e-42);

/** Values and gradients of f at inputs, eagerly and compiled. */
function allWays(
  f: Function,
  inputs: readonly Tensor[],
): readonly (readonly [string, readonly number[][]])[] {
  const g = (...xs: Tensor[]): Tensor[] => {
    const { value, pullback } = vjp((args: readonly Tensor[]) => f(...args))(xs);
    return [value, ...pullback(onesLike(value))];
  };
  const ways = { eager: g, cpu: compile(g, { backend: 'cpu' }), wasm: compile(g, { backend: 'wasm' }) };
  return Object.entries(ways).map(([way, run]) => [
    way,
    run(...inputs).map((x) => Array.from(x.toTypedArray())),
  ]);
}

function check(
  name: string,
  f: Function,
  { y, grads }: Case,
  inputs: readonly (readonly string[])[],
  at?: string,
) {
  for (const [way, results] of allWays(f, inputs.map(numbers)))
    [y, ...grads].forEach((texts, part) => {
      texts.forEach((theirs, i) => {
        const place = at ?? inputs.map((input) => input[i]).join();
        const difference = differences.find(
          (one) => one.name === name && one.part === part && one.at.test(place),
        );
        const ours = results[part][i];
        const wanted = difference === undefined ? Number(theirs) : difference.ours;
        const isRight = wanted === undefined || isSame(ours, wanted);
        const what = part === 0 ? 'value' : `gradient ${part}`;
        if (!isRight) expect.fail(`${name}, ${way}: ${what} at ${place} is ${ours}, PyTorch has ${theirs}`);
      });
    });
}

describe('at NaN, infinities, zeros and denormals', () => {
  it.each(Object.keys(special.unary))('%s', (name) => {
    check(name, unary[name], special.unary[name], [special.points]);
  });
  it.each(Object.keys(special.binary))('%s', (name) => {
    check(name, binary[name], special.binary[name], special.pairs);
  });
  it.each(Object.keys(special.reductions))('%s', (name) => {
    special.vectors.forEach((vector, i) => {
      check(name, reductions[name], special.reductions[name][i], [vector], vector.join());
    });
  });
});
