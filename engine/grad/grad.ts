/**
 * (5 of 7 in reading order) Reverse mode. `grad(f)` opens a scope, runs f on leaves that carry the scope's
 * bit, closes the scope and walks back from the result to the leaves, newest tensor first, turning each
 * tensor's cotangent into cotangents of its inputs by the VJPs of primitives/.
 *
 * Why `grad(grad(f))` works: the walk runs after its own scope has closed, so the VJPs' operations record
 * nothing for it; but they do record for every scope around it, because they are ordinary operations on
 * tensors that carry the outer bits too. A gradient inside another is differentiable with no flag, a
 * top-level one records nothing extra. And no walk strays into another: it visits only tensors that depend
 * on its own scope, and stops at its own leaves, because the tensors behind the leaves are older than the scope.
 */
import { refusePromise } from '../core/arguments.js';
import { applyVjp } from './onVjp.js';
import { isFloat } from '../core/dtype.js';
import { DTypeError, UsageError } from '../core/errors.js';
import { formatShape } from '../core/shape.js';
import {
  type Scope,
  Tensor,
  closeScope,
  dependsOn,
  isFlat,
  liveScopes,
  openScope,
  sameValue,
} from '../core/tensor.js';
import { withoutHistory } from './withoutHistory.js';
import { type Path, leavesOf, mapTree, unflatten } from '../core/tree.js';
import { ones, requireScalar, zeros } from './cotangents.js';
import { type GradOptions, readGradOptions } from './gradOptions.js';
import { pullSiblings } from './siblings.js';
import { add } from '../primitives/index.js';
import { unreachedError } from './unreached.js';

/** The result of a differentiated function: its value alone, or with further results beside it. */
export type Scalar<Aux> = Tensor | readonly [loss: Tensor, aux: Aux];

/**
 * The gradient of a scalar function with respect to its first argument, a tree of float tensors:
 * `grad(f)(x, ...rest)` has x's structure and shapes. If f returns `[loss, aux]`, the aux is dropped.
 * @throws UnreachedError if a leaf of x cannot influence the result (see `allowZero`).
 */
export function grad<P, Rest extends readonly unknown[]>(
  f: (params: P, ...rest: Rest) => Scalar<unknown>,
  options?: GradOptions,
): (params: P, ...rest: Rest) => P {
  const checked = readGradOptions('grad', f, options);
  return (params, ...rest) => differentiate('grad', f, checked, params, rest).grad;
}

/**
 * Value and gradient together, in one pass. If f returns `[loss, aux]` the aux (logits, batch statistics, any
 * tree or plain data) is returned too, its tensors as plain values for this gradient.
 * @throws UnreachedError if a leaf of the first argument cannot influence the result (see `allowZero`).
 */
export function valueAndGrad<P, Rest extends readonly unknown[], Aux>(
  f: (params: P, ...rest: Rest) => readonly [Tensor, Aux],
  options?: GradOptions,
): (params: P, ...rest: Rest) => { value: Tensor; grad: P; aux: Aux };
export function valueAndGrad<P, Rest extends readonly unknown[]>(
  f: (params: P, ...rest: Rest) => Tensor,
  options?: GradOptions,
): (params: P, ...rest: Rest) => { value: Tensor; grad: P };
export function valueAndGrad<P, Rest extends readonly unknown[]>(
  f: (params: P, ...rest: Rest) => Scalar<unknown>,
  options?: GradOptions,
): (params: P, ...rest: Rest) => { value: Tensor; grad: P; aux?: unknown } {
  const checked = readGradOptions('valueAndGrad', f, options);
  return (params, ...rest) => differentiate('valueAndGrad', f, checked, params, rest);
}

/** `valueAndGrad` on behalf of a caller that its errors name, with the caller's name of the option `allowZero`. */
export function differentiate<P, Rest extends readonly unknown[]>(
  operation: string,
  f: (params: P, ...rest: Rest) => Scalar<unknown>,
  { allowZero = [] }: GradOptions,
  params: P,
  rest: Rest,
  option = 'allowZero',
): { value: Tensor; grad: P; aux: unknown } {
  const run = (leaves: P): Scalar<unknown> => f(leaves, ...rest);
  const { scope, leaves, result } = record(operation, run, params);
  const [loss, aux] = isPair(result) ? result : [result, undefined];
  requireScalar(operation, loss);
  const cotangents = walkBack([[loss, ones(loss)]], scope);
  const mayBeZero = (path: Path): boolean =>
    allowZero.some((zero) => path === zero || path.startsWith(`${zero}.`));
  const unreached = leaves
    .filter(({ path, tensor }) => !cotangents.has(tensor) && !mayBeZero(path))
    .map(({ path }) => path);
  if (unreached.length > 0) throw unreachedError(operation, run, params, unreached, option);
  const grad = unflatten(
    params,
    leaves.map(({ tensor }) => cotangents.get(tensor) ?? zeros(tensor)),
  );
  return { value: withoutHistory(operation, loss), grad, aux: withoutHistory(operation, aux) };
}

/** The run of a function under a scope of its own. */
interface Recording<Result> {
  readonly scope: Scope;
  readonly leaves: readonly { readonly path: Path; readonly tensor: Tensor }[];
  readonly result: Result;
}

/** Runs f on leaves that carry the bit of a new scope. */
export function record<P, Result>(operation: string, f: (params: P) => Result, params: P): Recording<Result> {
  if (leavesOf(params, operation).length === 0)
    throw new UsageError(
      `${operation}: the first argument holds no tensor, so there is nothing to differentiate with respect to; ` +
        'it is the tree of parameters.',
    );
  const scope = openScope();
  try {
    const tracked = mapTree(params, (tensor, path) => leafOf(operation, tensor, path, scope), operation);
    const result = f(tracked);
    refusePromise(operation, result);
    return { scope, leaves: leavesOf(tracked), result };
  } finally {
    closeScope();
  }
}

/** The same value as a new tensor that depends on the scope, and on whatever it depended on before. */
function leafOf(operation: string, tensor: Tensor, path: Path, scope: Scope): Tensor {
  if (!isFloat(tensor.dtype))
    throw new DTypeError(
      `${operation}: ${path === '' ? 'the argument' : path} is ${tensor.dtype}${formatShape(tensor.shape)}; ` +
        'only float tensors have gradients. Pass integers as a further argument.',
    );
  const node = { operation: sameValue, inputs: [tensor], params: undefined };
  return new Tensor(tensor.shape, tensor.dtype, tensor.value, liveScopes(tensor) | scope.bit, node);
}

/**
 * The reverse walk: from cotangents of results to cotangents of everything in the scope they depend on. Serial
 * numbers are a topological order, so the newest tensor's cotangent is always complete.
 */
export function walkBack(seeds: readonly (readonly [Tensor, Tensor])[], scope: Scope): Map<Tensor, Tensor> {
  const cotangents = new Map<Tensor, Tensor>();
  const give = (tensor: Tensor, g: Tensor): void => {
    const before = cotangents.get(tensor);
    cotangents.set(tensor, before === undefined ? g : add(before, g));
  };
  for (const [tensor, g] of seeds) give(tensor, g);
  const take = (tensor: Tensor): Tensor | undefined => {
    const g = cotangents.get(tensor);
    cotangents.delete(tensor);
    return g;
  };
  const results = seeds.map(([tensor]) => tensor);
  for (const output of history(results, scope)) {
    const { operation, inputs, params, siblings } = output.node!;
    if (siblings !== undefined) {
      // All at their newest: whatever reads any of them is newer still.
      const wanted = inputs.map((input) => dependsOn(input, scope));
      const gs = siblings.results.map((result) => (dependsOn(result, scope) ? take(result) : undefined));
      if (gs.some((g) => g !== undefined)) pullSiblings(output.node!, siblings, gs, wanted, give);
      continue;
    }
    const g = take(output)!;
    for (let i = 0; i < inputs.length; i++) {
      const rule = operation.gradient(i);
      if (isFlat(rule) || !dependsOn(inputs[i], scope)) continue;
      give(inputs[i], applyVjp({ operation, input: i, cotangent: g, inputs, output, params }, rule));
    }
  }
  return cotangents;
}

/** The tensors between results and leaves, newest first; the leaves are not among them. */
function history(results: readonly Tensor[], scope: Scope): Tensor[] {
  const visited = new Set<Tensor>();
  const open = [...results];
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (visited.has(tensor) || !dependsOn(tensor, scope) || tensor.node === null) continue;
    const { operation, inputs } = tensor.node;
    const sources = inputs.filter((input, i) => dependsOn(input, scope) && !isFlat(operation.gradient(i)));
    if (sources.length === 0) continue;
    visited.add(tensor);
    open.push(...sources);
  }
  return [...visited].sort((a, b) => b.serial - a.serial);
}

const isPair = (result: unknown): result is readonly [loss: Tensor, aux: unknown] => Array.isArray(result);
