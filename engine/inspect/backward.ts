/** An account of a backward pass, step by step. */
import { onOperation } from '../core/dispatch.js';
import { UsageError } from '../core/errors.js';
import { type Application, type Operation, type Tensor, concrete, sameValue } from '../core/tensor.js';
import { ones, requireScalar } from '../grad/cotangents.js';
import { walkBack } from '../grad/grad.js';
import { type BackwardStep, onVjp } from '../grad/onVjp.js';
import type { BackwardAccount, BackwardContribution, BackwardStage, CotangentSummary } from './account.js';
import { printAccount } from './backwardText.js';
import { buildGraph } from './graph.js';
import { numbersOf } from './numbers.js';
import { recordAll } from './recording.js';

/**
 * Runs the scalar function f at x and its backward pass, and returns what the pass did at every node: the values, the cotangents,
 * each gradient rule in words, and the lines of the program.
 */
export function explainBackward<P>(f: (x: P) => Tensor, x: P): BackwardAccount {
  const recording = recordAll('explainBackward', f, x);
  const { graph, nodeOf } = buildGraph(recording);
  if (recording.results.length !== 1)
    throw new UsageError('explainBackward: the function must return one tensor, a scalar.');
  const [{ tensor: loss }] = recording.results;
  requireScalar('explainBackward', loss);

  const stages: (BackwardStage & { contributions: BackwardContribution[] })[] = [];
  const reached = new Set<number>();
  let operations: string[] | null = null;
  let pulled: readonly string[] = [];
  let inputsBefore: unknown;
  const operationHook = ({ inputs }: Application<unknown>, { name }: Operation, inside: string): void => {
    if (inside !== '') return;
    // Once for all results of an application, which share the list of its inputs.
    if (inputs !== inputsBefore) operations?.push(name);
    inputsBefore = inputs;
  };
  const vjpHook = (step: BackwardStep, run: () => Tensor): Tensor => {
    // A VJP may itself take gradients, as that of remat does; they are part of it.
    if (operations !== null || step.operation === sameValue) return run();
    operations = [];
    const result = run();
    const { operation, input, inputs, output } = step;
    const [node, to] = [nodeOf(output).id, nodeOf(inputs[input]).id];
    let stage = stages.at(-1);
    if (stage?.node !== node) {
      stage = { node, operation: operation.name, ...cotangentsOf(step), contributions: [] };
      stages.push(stage);
      // Those of an operation with several results are applied once, for all of its inputs.
      pulled = step.siblings === undefined ? [] : operations;
    }
    const rule = ruleOf(step, operations.length === 0 ? pulled : operations);
    stage.contributions.push({
      ...{ input, to, rule, operations },
      ...{ cotangent: summaryOf(result), added: reached.has(to) },
    });
    reached.add(to);
    operations = null;
    return result;
  };
  const cotangentsOf = ({ cotangent, siblings = [] }: BackwardStep) => ({
    cotangent: summaryOf(cotangent),
    siblings: siblings.map((each) => ({
      node: nodeOf(each.output).id,
      cotangent: summaryOf(each.cotangent),
    })),
  });
  const cotangents = onOperation(operationHook, () =>
    onVjp(vjpHook, () => walkBack([[loss, ones(loss)]], recording.scope)),
  );
  const gradients = recording.args.map(({ path, tensor }) => {
    const cotangent = cotangents.get(tensor);
    return { path, gradient: cotangent === undefined ? null : summaryOf(cotangent) };
  });
  return { graph, stages, gradients, toString: () => printAccount({ graph, stages, gradients }) };
}

function ruleOf(
  { operation, input, inputs, output, params }: BackwardStep,
  operations: readonly string[],
): string {
  const words = operation.inWords?.(input, { inputs, output, params });
  if (words !== undefined) return words;
  if (operations.length > 6) return `by ${operations.length} operations`;
  return operations.length === 0 ? 'g' : `by ${operations.join(', ')}`;
}

function summaryOf(tensor: Tensor): CotangentSummary {
  const { shape, dtype } = tensor;
  concrete(tensor, 'explainBackward');
  return { signature: { shape, dtype }, ...numbersOf(tensor)! };
}
