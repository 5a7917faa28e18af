import { requireFunction } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { withoutHistory } from '../grad/withoutHistory.js';
import {
  type Operation,
  type Scope,
  Tensor,
  dependsOn,
  isFlat,
  liveScopes,
  sameValue,
} from '../core/tensor.js';
import { zeros } from '../grad/cotangents.js';
import { vjp } from '../grad/derivatives.js';
import { record } from '../grad/grad.js';
import { barrier, constant } from '../primitives/index.js';
import { type Leaf, build, leavesIn, structureOf } from '../plan/trace/structure.js';

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
  requireFunction('remat', f);
  const name = `remat(${f.name === '' ? 'f' : f.name})`;
  return (...args) => {
    const leaves: Leaf[] = [];
    const structure = structureOf(name, args, leaves);
    const operands = leaves.map(({ tensor }) => tensor);
    const isInput = operands.map((tensor) => liveScopes(tensor) !== 0);
    const inputs = operands.filter((_, i) => isInput[i]);
    if (inputs.length === 0) return f(...args);
    const region: Region<Result> = (x, fixed) => {
      let next = 0;
      const tensors = operands.map((tensor, i) => (isInput[i] ? x[next++] : fixed(tensor)));
      return f(...(build(structure, (leaf) => tensors[leaf]) as readonly unknown[] as Args));
    };
    return runOnce(name, region, inputs);
  };
}

/** A function of the arguments that gradients are taken through; `fixed` says what the others are. */
type Region<Result> = (inputs: readonly Tensor[], fixed: (tensor: Tensor) => Tensor) => Result;

/**
 * Runs f out of sight of the gradients around it, and ties its results to its inputs by nodes that run it again: each
 * result seems to be computed from an anchor, and that from those inputs that the result depends on.
 */
function runOnce<Result>(name: string, f: Region<Result>, inputs: readonly Tensor[]): Result {
  // The same numbers, by a node: a function that is traced around this one tells its captured tensors by it.
  const hidden = inputs.map((input) => {
    const node = { operation: sameValue, inputs: [input], params: undefined };
    return new Tensor(input.shape, input.dtype, input.value, 0, node);
  });
  const run = (x: readonly Tensor[]): Result => f(x, (tensor) => tensor);
  const { scope, leaves, result } = record(name, run, hidden);
  const outputs: Leaf[] = [];
  const structure = structureOf(name, result, outputs);
  const results = outputs.map(({ tensor }) => tensor);
  if (results.some((tensor) => liveScopes(tensor) !== 0))
    throw new UsageError(
      `${name}: the function uses a tensor that a gradient is being taken through and that is not an ` +
        'argument; it would be cut off. Pass it as an argument.',
    );
  const again = rerun(f, inputs);
  const anchors = new Map<string, Tensor>();
  const anchorOf = (reached: readonly number[]): Tensor => {
    const key = reached.join();
    const sources = reached.map((i) => inputs[i]);
    const pull = (_: Tensor, source: number): Tensor => again.gradientOf(reached[source]);
    const anchor =
      anchors.get(key) ?? tied(constant(0, 'float32'), sources, pull, 'the function run again, and its VJP');
    anchors.set(key, anchor);
    return anchor;
  };
  // All anchors before all results: a reverse walk, newest first, visits the results before any anchor.
  const reached = reachedBy(
    results,
    leaves.map(({ tensor }) => tensor),
    scope,
  ).map((places) => (places.length === 0 ? null : anchorOf(places)));
  const tiedResults = results.map((tensor, k) => {
    const anchor = reached[k];
    const given = hidden.indexOf(originBelow(tensor, hidden));
    if (given >= 0) return inputs[given];
    return anchor === null
      ? withoutHistory(name, tensor)
      : tied(tensor, [anchor], (g) => again.give(k, g), 'g, kept for when the function is run again');
  });
  return build(structure, (leaf) => tiedResults[leaf]) as Result;
}

/**
 * Runs f again for all of its results at once. A reverse walk visits the results one by one, and each only leaves its
 * cotangent here and passes a zero to its anchor; when the walk reaches the first anchor, all cotangents are there.
 */
function rerun(f: Region<unknown>, inputs: readonly Tensor[]) {
  const pending = new Map<number, Tensor>();
  let gradients: readonly Tensor[] = [];
  const handedOut = new Set<number>();
  return {
    give(result: number, cotangent: Tensor): Tensor {
      pending.set(result, cotangent);
      return constant(0, 'float32');
    },
    /** The gradient of all results for an input; zeros for an anchor that comes after another with the same input. */
    gradientOf(input: number): Tensor {
      if (pending.size > 0) {
        const [wanted, cotangents] = [[...pending.keys()], [...pending.values()]];
        pending.clear();
        handedOut.clear();
        const some = (x: readonly Tensor[]): readonly Tensor[] => {
          const all = leavesIn('remat', f(x, barrier));
          return wanted.map((k) => all[k].tensor);
        };
        gradients = vjp(some)(inputs.map(barrier)).pullback(cotangents);
      }
      if (handedOut.has(input)) return zeros(inputs[input]);
      handedOut.add(input);
      return gradients[input];
    },
  };
}

/** One of `hidden`, if the tensor is a leaf that stands for it; else what the tensor stands for. */
function originBelow(tensor: Tensor, hidden: readonly Tensor[]): Tensor {
  while (!hidden.includes(tensor) && tensor.node?.operation === sameValue) tensor = tensor.node.inputs[0];
  return tensor;
}

/** The same value as if it had been computed from `sources`, by an operation that exists only in the graph. */
function tied(
  { shape, dtype, value }: Tensor,
  sources: readonly Tensor[],
  pull: (g: Tensor, source: number) => Tensor,
  inWords: string,
): Tensor {
  const operation: Operation = {
    name: 'remat',
    signature: ([x]) => x,
    lower: () => ({ family: 'view', view: 'identity' }),
    gradient: (source) => (g) => pull(g, source),
    inWords: () => inWords,
  };
  const scopes = sources.reduce((bits, source) => bits | liveScopes(source), 0);
  return new Tensor(shape, dtype, value, scopes, { operation, inputs: sources, params: undefined });
}

/** For each result the numbers of the leaves that its gradient would reach. */
function reachedBy(
  results: readonly Tensor[],
  leaves: readonly Tensor[],
  scope: Scope,
): readonly (readonly number[])[] {
  const reached = new Map(leaves.map((leaf, i) => [leaf, new Set([i])]));
  const sourcesOf = ({ node }: Tensor): Tensor[] =>
    node!.inputs.filter((input, i) => dependsOn(input, scope) && !isFlat(node!.operation.gradient(i)));
  const visited = new Set<Tensor>();
  const open = results.filter((tensor) => dependsOn(tensor, scope));
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (visited.has(tensor) || reached.has(tensor)) continue;
    visited.add(tensor);
    open.push(...sourcesOf(tensor));
  }
  for (const tensor of [...visited].sort((a, b) => a.serial - b.serial))
    reached.set(tensor, new Set(sourcesOf(tensor).flatMap((source) => [...reached.get(source)!])));
  return results.map((tensor) => [...(reached.get(tensor) ?? [])].sort((a, b) => a - b));
}
