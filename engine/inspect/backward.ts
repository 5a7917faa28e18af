/** An account of a backward pass, step by step. */
import { toTypedArray } from '../ir/array.js';
import { type BackwardStep, onVjp } from '../grad/onVjp.js';
import { onOperation } from '../core/dispatch.js';
import { UsageError } from '../core/errors.js';
import { type Application, type Operation, type Tensor, concrete } from '../core/tensor.js';
import type { Path } from '../core/tree.js';
import { ones, requireScalar } from '../grad/cotangents.js';
import { walkBack } from '../grad/grad.js';
import type { Signature } from '../ir/kernel.js';
import { formatNumber, formatSignature } from '../plan/trace/format.js';
import { type Graph, buildGraph } from './graph.js';
import { graphToText } from './print.js';
import { recordAll } from './recording.js';

/** A cotangent, by its shape and Euclidean norm. */
export interface CotangentSummary {
  readonly signature: Signature;
  readonly norm: number;
}

/** The VJP of one operation for one of its inputs. */
export interface BackwardContribution {
  /** The input of the operation that it is for, and the node of that input. */
  readonly input: number;
  readonly to: number;
  /** The operations of the VJP; none if it passed the cotangent on unchanged. */
  readonly operations: readonly string[];
  readonly cotangent: CotangentSummary;
  /** Whether the node had a cotangent already, to which this one was added. */
  readonly added: boolean;
}

/** One node of the pass: its cotangent, now complete, is turned into cotangents of its inputs. */
export interface BackwardStage {
  readonly node: number;
  readonly operation: string;
  readonly cotangent: CotangentSummary;
  readonly contributions: readonly BackwardContribution[];
}

export interface BackwardAccount {
  /** The forward pass, whose node numbers the account uses. */
  readonly graph: Graph;
  /** In the order of the pass, from the result to the arguments. */
  readonly stages: readonly BackwardStage[];
  /** Null for an argument that the pass did not reach. */
  readonly gradients: readonly { readonly path: Path; readonly gradient: CotangentSummary | null }[];
  /** The graph, then a paragraph for each stage. */
  toString(): string;
}

/** Runs the scalar function f at x and its backward pass, and returns what the pass did at every node. */
export function explainBackward<P>(f: (x: P) => Tensor, x: P): BackwardAccount {
  const recording = recordAll('explainBackward', f, x);
  const { graph, nodeOf } = buildGraph(recording);
  if (recording.results.length !== 1)
    throw new UsageError('explainBackward: the function must return one tensor, a scalar.');
  const [{ tensor: loss }] = recording.results;
  requireScalar('explainBackward', loss);

  const stages: (BackwardStage & { contributions: BackwardContribution[] })[] = [];
  const reached = new Set<number>();
  let operations: string[] = [];
  const operationHook = (_: Application<unknown>, { name }: Operation): void => {
    operations.push(name);
  };
  const vjpHook = (
    { operation, input, cotangent, inputs, output }: BackwardStep,
    run: () => Tensor,
  ): Tensor => {
    operations = [];
    const result = run();
    const contribution = { operations, cotangent: summaryOf(result) };
    operations = [];
    const [node, to] = [nodeOf(output).id, nodeOf(inputs[input]).id];
    let stage = stages.at(-1);
    if (stage?.node !== node) {
      stage = { node, operation: operation.name, cotangent: summaryOf(cotangent), contributions: [] };
      stages.push(stage);
    }
    stage.contributions.push({ input, to, ...contribution, added: reached.has(to) });
    reached.add(to);
    return result;
  };
  const cotangents = onOperation(operationHook, () =>
    onVjp(vjpHook, () => walkBack([[loss, ones(loss)]], recording.scope)),
  );
  const gradients = recording.args.map(({ path, tensor }) => {
    const cotangent = cotangents.get(tensor);
    return { path, gradient: cotangent === undefined ? null : summaryOf(cotangent) };
  });
  return { graph, stages, gradients, toString: () => print(graph, stages, gradients) };
}

function summaryOf(tensor: Tensor): CotangentSummary {
  const numbers = toTypedArray(concrete(tensor, 'explainBackward'));
  const { shape, dtype } = tensor;
  let squares = 0;
  for (const x of numbers) squares += x * x;
  return { signature: { shape, dtype }, norm: Math.sqrt(squares) };
}

function print(
  graph: Graph,
  stages: readonly BackwardStage[],
  gradients: BackwardAccount['gradients'],
): string {
  const format = ({ signature, norm }: CotangentSummary): string =>
    `${formatSignature(signature)}, norm ${formatNumber(norm)}`;
  const lines = stages.flatMap(({ node, operation, cotangent, contributions }) => [
    `%${node} ${operation}: its cotangent is ${format(cotangent)}`,
    ...contributions.map(({ input, to, operations, cotangent: summary, added }) => {
      const by = operations.length === 0 ? 'unchanged' : `by ${operations.join(', ')}`;
      return `  ${added ? 'added to' : 'goes to'} %${to} (input ${input}) ${by}: ${format(summary)}`;
    }),
  ]);
  const reached = gradients.map(({ path, gradient }) => {
    const name = path === '' ? 'the gradient' : `the gradient of ${path}`;
    return `${name} is ${gradient === null ? 'not reached' : format(gradient)}`;
  });
  return [graphToText(graph), '', ...lines, ...reached].join('\n');
}
