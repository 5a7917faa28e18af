/**
 * How far float32 is from float64 of the same inputs, in ulps: the golden cases run both ways, eagerly on cpu and
 * compiled to WebAssembly. Families of operations, because what they have in common decides about their errors.
 */
import { type Tensor, cast, compile } from '../../engine/index.js';
import { type Arguments, type OpsCase, argumentsOf, functionsOf } from './cases.js';
import { ulp32 } from './ulp.js';

export type Order = 'value' | 'gradient' | 'second';
export type Runner = 'eager' | 'wasm';

/** The largest error by order and runner. */
export type Errors = Readonly<Record<Order, Readonly<Record<Runner, number>>>>;

const families: Readonly<Record<string, string>> = {
  'add sub mul div neg abs square reciprocal maximum minimum clamp where relu leaky_relu': 'arithmetic',
  'ceil round trunc relu6 hardtanh prelu': 'arithmetic',
  'exp expm1 log log1p sin cos tanh sigmoid softplus silu gelu elu logsigmoid erf atan sqrt rsqrt pow pow_scalar':
    'functions',
  'softsign hardswish remainder tan asin acos atan2 sinh cosh asinh acosh atanh exp2 log2 log10 logit logaddexp xlogy hypot mish selu':
    'compositions',
  'transpose permute reshape expand cat stack pad flip slice index_select gather embedding': 'movement',
  'sort topk median cummax tile repeat_interleave roll tril triu diag diagonal flatten masked_fill scatter':
    'movement',
  'sum mean max min sum_all mean_all max_all cumsum prod prod_all cumprod trace scatter_add index_add':
    'reductions',
  'var var_all std_all norm norm_all': 'variances and norms',
  'logsumexp softmax log_softmax masked_softmax attention attention_biased attention_masked attention_causal':
    'softmax',
  'logcumsumexp logsumexp_masked': 'softmax',
  // Its target is a softmax, too.
  cross_entropy_soft: 'softmax',
  'matmul linear einsum tensordot outer kron': 'products',
  'conv1d conv2d conv3d conv_transpose1d conv_transpose2d': 'convolutions',
  'max_pool1d max_pool2d avg_pool1d avg_pool2d adaptive_avg_pool1d adaptive_avg_pool2d': 'pooling',
  'adaptive_max_pool1d adaptive_max_pool2d interpolate': 'pooling',
  'batch_norm_train batch_norm_eval layer_norm group_norm instance_norm normalize cosine_similarity':
    'normalisation',
  'cross_entropy cross_entropy_map nll_loss binary_cross_entropy_with_logits binary_cross_entropy': 'losses',
  'kl_div kl_div_of_probabilities mse_loss l1_loss smooth_l1_loss huber_loss gaussian_nll_loss margin_ranking_loss':
    'losses',
  'lstm_sequence gru rnn_tanh rnn_relu': 'recurrent layers',
};

const familyByName = new Map(
  Object.entries(families).flatMap(([names, family]) => names.split(' ').map((name) => [name, family])),
);

/** @throws Error for an operation that is in no family. */
export function familyOf({ name }: OpsCase): string {
  const family = familyByName.get(name);
  if (family === undefined) throw new Error(`${name} is in no family; name one in float32.ts`);
  return family;
}

export const orders: readonly Order[] = ['value', 'gradient', 'second'];
export const runners: readonly Runner[] = ['eager', 'wasm'];

/** The errors of one case, 0 where it has no second order. */
export function errorsOf(item: OpsCase): Errors {
  const given = argumentsOf(item, 'float32');
  const exact: Arguments = {
    ...given,
    floats: given.floats.map(widened),
    cotangent: widened(given.cotangent),
    direction: given.direction?.map(widened) ?? null,
  };
  const functions = functionsOf(item);
  const errors = (order: Order): Record<Runner, number> => {
    if (order === 'second' && item.second === null) return { eager: 0, wasm: 0 };
    const f = functions[order];
    const compiled = compile(f);
    const wanted = f(exact);
    const found = { eager: worstOf(f(given), wanted), wasm: worstOf(compiled(given), wanted) };
    const [{ backend }] = compiled.plans;
    if (backend !== 'wasm') throw new Error(`${item.name} was compiled for ${backend}`);
    return found;
  };
  return { value: errors('value'), gradient: errors('gradient'), second: errors('second') };
}

const widened = (t: Tensor): Tensor => cast(t, 'float64');

const worstOf = (actual: readonly Tensor[], expected: readonly Tensor[]): number =>
  Math.max(0, ...actual.map((t, i) => worstUlps(t.toTypedArray(), expected[i].toTypedArray())));

/** The largest `|a - b|` in ulps of `max(|b|, rms b)`; infinite where only one of the two is a finite number. */
export function worstUlps(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let squares = 0;
  for (let i = 0; i < expected.length; i++) squares += expected[i] ** 2;
  const rms = Math.sqrt(squares / Math.max(1, expected.length));
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    const [a, b] = [actual[i], expected[i]];
    if (Object.is(a, b) || a === b) continue;
    const error = Math.abs(a - b) / ulp32(Math.max(Math.abs(b), rms));
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
  }
  return worst;
}

/** The larger of two records of errors, entry by entry. */
const larger = (a: Errors, b: Errors): Errors => {
  const of = (order: Order): Record<Runner, number> => ({
    eager: Math.max(a[order].eager, b[order].eager),
    wasm: Math.max(a[order].wasm, b[order].wasm),
  });
  return { value: of('value'), gradient: of('gradient'), second: of('second') };
};

/** The largest errors of each family, in the order of the families above. */
export function errorsByFamily(cases: readonly OpsCase[]): Map<string, Errors> {
  const found = new Map<string, Errors>();
  for (const item of cases) {
    const [family, errors] = [familyOf(item), errorsOf(item)];
    const before = found.get(family);
    found.set(family, before === undefined ? errors : larger(before, errors));
  }
  return new Map(
    Object.values(families).flatMap((family) => {
      const errors = found.get(family);
      return errors === undefined ? [] : [[family, errors] as const];
    }),
  );
}

/** The errors, rounded up, as rows of the table in docs/accuracy.md. */
export const formatErrors = (found: ReadonlyMap<string, Errors>): string =>
  [...found]
    .map(([family, errors]) => {
      const cells = orders.flatMap((order) =>
        runners.map((runner) => (Math.ceil(errors[order][runner] * 10) / 10).toFixed(1)),
      );
      return `| ${family} | ${cells.join(' | ')} |`;
    })
    .join('\n');
