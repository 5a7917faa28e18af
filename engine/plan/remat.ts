import { type Operation, isFlat } from '../core/dispatch.js';
import { isFloat } from '../core/dtype.js';
import { UsageError } from '../core/errors.js';
import { settle } from '../core/settle.js';
import { type Scope, Tensor, dependsOn, liveScopes } from '../core/tensor.js';
import { record, vjp } from '../grad.js';
import { barrier, constant } from '../primitives/index.js';
import { type Leaf, build, structureOf } from './structure.js';

/**
 * The same function, which keeps nothing for its gradient: only its arguments are kept, and when a gradient is taken
 * through it, it is run once more. Time for memory: of K steps in regions of sqrt(K), what is kept grows like sqrt(K).
 *
 * Works in compiled functions and outside of them, at any order. Arguments and results are plain data with tensors.
 * @throws UsageError if f uses a tensor that depends on a gradient around it and is not an argument.
 */
export function remat<Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
): (...args: Args) => Result {
  return (...args) => {
    const leaves: Leaf[] = [];
    const structure = structureOf(args, leaves);
    const inputs = leaves.map(({ tensor }) => tensor).filter(({ dtype }) => isFloat(dtype));
    if (inputs.every((tensor) => liveScopes(tensor) === 0)) return f(...args);
    const apply = (floats: readonly Tensor[]): Result => {
      let next = 0;
      const tensors = leaves.map(({ tensor }) => (isFloat(tensor.dtype) ? floats[next++] : tensor));
      return f(...(build(structure, tensors) as readonly unknown[] as Args));
    };
    return runOnce(f.name, apply, inputs);
  };
}

/** Runs f out of sight of the gradients around it, and ties its results to its inputs by nodes that run it again. */
function runOnce<Result>(
  name: string,
  f: (inputs: readonly Tensor[]) => Result,
  inputs: readonly Tensor[],
): Result {
  const hidden = inputs.map(({ shape, dtype, value }) => new Tensor(shape, dtype, value));
  const { scope, leaves, result } = record('remat', f, hidden);
  const outputs: Leaf[] = [];
  const structure = structureOf(result, outputs);
  const results = outputs.map(({ tensor }) => tensor);
  if (results.some((tensor) => liveScopes(tensor) !== 0))
    throw new UsageError(
      `remat(${name === '' ? 'f' : name}): the function uses a tensor that a gradient is being taken through and that is not an ` +
        'argument; it would be cut off. Pass it as an argument.',
    );
  const reached = behind(results, scope);
  const isReached = inputs.map((_, i) => reached.has(leaves[i].tensor));
  const scopes = inputs.reduce((bits, tensor, i) => (isReached[i] ? bits | liveScopes(tensor) : bits), 0);
  if (scopes === 0) return build(structure, results.map(settle)) as Result;

  const again = rerun((x) => tensorsIn(f(x)), inputs);
  const anchor = new Tensor([], 'float32', constant(0, 'float32').value, scopes, {
    operation: operationOf((g, input) => again.gradientOf(input, g), isReached),
    inputs,
    params: undefined,
  });
  const tied = results.map((tensor, k) => {
    if (!isFloat(tensor.dtype) || !dependsOn(tensor, scope)) return settle(tensor);
    const operation = operationOf((g) => again.give(k, g), [true]);
    return new Tensor(tensor.shape, tensor.dtype, tensor.value, scopes, {
      operation,
      inputs: [anchor],
      params: undefined,
    });
  });
  return build(structure, tied) as Result;
}

/**
 * Runs f again for all of its results at once. A reverse walk comes to the results one by one, newest first, and each only
 * gives its cotangent here and hands on a zero; the anchor, of which all results seem to be computed and which is older
 * than they, is next, when all cotangents are there.
 */
function rerun(f: (inputs: readonly Tensor[]) => readonly Tensor[], inputs: readonly Tensor[]) {
  const given = new Map<number, Tensor>();
  let walk: { readonly anchored: Tensor; readonly gradients: readonly Tensor[] } | null = null;
  return {
    give(result: number, cotangent: Tensor): Tensor {
      given.set(result, cotangent);
      return constant(0, 'float32');
    },
    gradientOf(input: number, anchored: Tensor): Tensor {
      if (walk?.anchored !== anchored) {
        const [wanted, cotangents] = [[...given.keys()], [...given.values()]];
        given.clear();
        const some = (x: readonly Tensor[]): readonly Tensor[] => {
          const all = f(x);
          return wanted.map((k) => all[k]);
        };
        walk = { anchored, gradients: vjp(some)(inputs.map(barrier)).pullback(cotangents) };
      }
      return walk.gradients[input];
    },
  };
}

/** An operation that exists only in the graph; nothing dispatches it. */
const operationOf = (
  pull: (g: Tensor, input: number) => Tensor,
  isReached: readonly boolean[],
): Operation => ({
  name: 'remat',
  signature: ([x]) => x,
  lower: () => ({ family: 'view', view: 'identity' }),
  gradient: (input) =>
    isReached[input] ? (g) => pull(g, input) : { flat: 'the function does not depend on it' },
});

function tensorsIn(data: unknown): Tensor[] {
  const leaves: Leaf[] = [];
  structureOf(data, leaves);
  return leaves.map(({ tensor }) => tensor);
}

/** Everything of a scope that gradients of the results would reach. */
function behind(results: readonly Tensor[], scope: Scope): ReadonlySet<Tensor> {
  const found = new Set<Tensor>();
  const open = results.filter((tensor) => dependsOn(tensor, scope));
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (found.has(tensor)) continue;
    found.add(tensor);
    const { inputs, operation } = tensor.node!;
    open.push(...inputs.filter((input, i) => dependsOn(input, scope) && !isFlat(operation.gradient(i))));
  }
  return found;
}
