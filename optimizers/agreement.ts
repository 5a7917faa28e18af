/**
 * Checks that gradients, deltas and states belong to the parameters. Broadcasting would let most others through, or change
 * the shape of a parameter.
 */
import { describe, isPlainObject } from '../engine/core/options.js';
import { formatShape } from '../engine/core/shape.js';
import { sameShape } from '../engine/ir/layout.js';
import { leavesByPath } from '../engine/core/tree.js';
import { ShapeError, type Tensor, type TensorTree, UsageError } from '../engine/index.js';
import type { Rule, State } from './rule.js';

/** @throws UsageError or ShapeError unless a gradient or delta has the structure, shapes and dtypes of the parameters. */
export function requireSameTree(rule: string, what: string, params: unknown, tree: unknown): void {
  const expected = leavesByPath(params);
  const leaves = leavesByPath(tree);
  requireSamePaths(`${rule}: the ${what}`, 'the parameters', expected, leaves);
  for (const [path, param] of expected) {
    const tensor = leaves.get(path)!;
    if (isLike(param, tensor)) continue;
    throw new ShapeError(
      `${rule}: the ${what} of ${path === '' ? 'the parameter' : path} is ${signature(tensor)}, the parameter ` +
        `${signature(param)}; they must agree.`,
    );
  }
}

/**
 * The state that a training begins with: `earlier`, or else a fresh one.
 * @throws UsageError or ShapeError unless `earlier` is like a fresh state of the rule for these parameters.
 */
export function firstState(rule: Rule, params: TensorTree, earlier: State | undefined): State {
  const fresh: unknown = rule.init(params);
  requireState(rule.name, fresh);
  if (earlier === undefined) return fresh;
  const [names, parts] = [Object.keys(fresh), Object.keys(earlier)];
  const missing = names.filter((name) => !parts.includes(name));
  const extra = parts.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new UsageError(
      `${rule.name}, state: it lacks ${missing.join(', ')} and has ${parts.join(', ') || 'nothing'}; it is another rule's.`,
    );
  if (extra.length > 0)
    throw new UsageError(
      `${rule.name}, state: it has ${extra.join(', ')} besides ${names.join(', ') || 'nothing'}; it is another rule's.`,
    );
  const [expected, state] = [leavesByPath(fresh), leavesByPath(earlier)];
  requireSamePaths(`${rule.name}, state: it`, 'the state of these parameters', expected, state);
  for (const [path, tensor] of expected)
    if (!isLike(tensor, state.get(path)!))
      throw new ShapeError(
        `${rule.name}, state: ${path} is ${signature(state.get(path)!)}, and ${signature(tensor)} for these parameters; ` +
          'give the state of a training with the same parameters.',
      );
  return earlier;
}

/** @throws UsageError unless what a rule begins with is a state. */
function requireState(rule: string, state: unknown): asserts state is State {
  if (!isPlainObject(state))
    throw new UsageError(
      `${rule}: init must return the state, trees of tensors by name, as in {} or {m}; it returned ${describe(state)}.`,
    );
}

/**
 * @throws UsageError or ShapeError unless an update keeps the structure, shapes and dtypes of the state. It does not for a
 * state of other parameters that broadcasting let through.
 */
export function requireSameState(rule: Rule, before: State, after: State): void {
  const [expected, state] = [leavesByPath(before), leavesByPath(after)];
  requireSamePaths(`${rule.name}, state after the update: it`, 'the state before it', expected, state);
  for (const [path, tensor] of expected)
    if (!isLike(tensor, state.get(path)!))
      throw new ShapeError(
        `${rule.name}, state: ${path} is ${signature(tensor)} before the update and ${signature(state.get(path)!)} after it; ` +
          'give the state of a training with the same parameters, and let a rule keep its shapes.',
      );
}

/** @throws UsageError or ShapeError unless a loss returns buffers of the structure, shapes and dtypes it received. */
export function requireSameBuffers(caller: string, before: unknown, after: unknown): void {
  if (before === after) return;
  const [expected, buffers] = [leavesByPath(before, caller), leavesByPath(after, caller)];
  requireSamePaths(`${caller}: what the loss hands out as buffers`, 'its buffers', expected, buffers);
  for (const [path, tensor] of expected)
    if (!isLike(tensor, buffers.get(path)!))
      throw new ShapeError(
        `${caller}: the loss was given buffers.${path} as ${signature(tensor)} and hands it out as ` +
          `${signature(buffers.get(path)!)}; they must agree.`,
      );
}

function requireSamePaths(
  subject: string,
  reference: string,
  expected: ReadonlyMap<string, Tensor>,
  leaves: ReadonlyMap<string, Tensor>,
): void {
  const missing = [...expected.keys()].filter((path) => !leaves.has(path));
  const extra = [...leaves.keys()].filter((path) => !expected.has(path));
  if (missing.length + extra.length === 0) return;
  const problems = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`has ${extra.join(', ')} besides`] : []),
  ];
  throw new UsageError(`${subject} ${problems.join(' and ')}; it must have the same names as ${reference}.`);
}

const isLike = (a: Tensor, b: Tensor): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

const signature = ({ dtype, shape }: Tensor): string => `${dtype}${formatShape(shape)}`;
