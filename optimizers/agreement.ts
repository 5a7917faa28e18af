/**
 * Whether gradients, deltas and states are those of the parameters at hand. Broadcasting would let most others through, or
 * change the shape of a parameter.
 */
import { formatShape } from '../engine/core/shape.js';
import { sameShape } from '../engine/ir/layout.js';
import { leavesByPath } from '../engine/core/tree.js';
import { ShapeError, type Tensor, type TensorTree, UsageError } from '../engine/index.js';
import type { Rule, State } from './rule.js';

/** @throws UsageError or ShapeError unless a gradient or delta has the structure, shapes and dtypes of the parameters. */
export function requireSameTree(rule: string, what: string, params: unknown, given: unknown): void {
  const wanted = leavesByPath(params);
  const found = leavesByPath(given);
  requireSamePaths(`${rule}: the ${what}`, 'the parameters', wanted, found);
  for (const [path, param] of wanted) {
    const tensor = found.get(path)!;
    if (isLike(param, tensor)) continue;
    throw new ShapeError(
      `${rule}: the ${what} of ${path === '' ? 'the parameter' : path} is ${signature(tensor)}, the parameter ` +
        `${signature(param)}; they must agree.`,
    );
  }
}

/**
 * The state that a training begins with: the one given, or else a fresh one.
 * @throws UsageError or ShapeError unless that is one that the rule would begin with for these parameters.
 */
export function firstState(rule: Rule, params: TensorTree, given: State | undefined): State {
  const fresh = rule.init(params);
  if (given === undefined) return fresh;
  const [names, found] = [Object.keys(fresh), Object.keys(given)];
  const missing = names.filter((name) => !found.includes(name));
  const extra = found.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new UsageError(
      `${rule.name}, state: it lacks ${missing.join(', ')} and has ${found.join(', ') || 'nothing'}; it is another rule's.`,
    );
  if (extra.length > 0)
    throw new UsageError(
      `${rule.name}, state: it has ${extra.join(', ')} besides ${names.join(', ') || 'nothing'}; it is another rule's.`,
    );
  const [wanted, state] = [leavesByPath(fresh), leavesByPath(given)];
  requireSamePaths(`${rule.name}, state: it`, 'the state of these parameters', wanted, state);
  for (const [path, tensor] of wanted)
    if (!isLike(tensor, state.get(path)!))
      throw new ShapeError(
        `${rule.name}, state: ${path} is ${signature(state.get(path)!)}, and ${signature(tensor)} for these parameters; ` +
          'give the state of a training with the same parameters.',
      );
  return given;
}

/**
 * @throws UsageError or ShapeError unless an update leaves the state as it was, in other numbers. A state of other
 * parameters, which broadcasting lets through, does not stay as it was.
 */
export function requireSameState(rule: Rule, before: State, after: State): void {
  const [wanted, state] = [leavesByPath(before), leavesByPath(after)];
  requireSamePaths(`${rule.name}, state after the update: it`, 'the state before it', wanted, state);
  for (const [path, tensor] of wanted)
    if (!isLike(tensor, state.get(path)!))
      throw new ShapeError(
        `${rule.name}, state: ${path} is ${signature(tensor)} before the update and ${signature(state.get(path)!)} after it; ` +
          'give the state of a training with the same parameters, and let a rule keep its shapes.',
      );
}

/** @throws UsageError or ShapeError unless a loss hands out buffers of the structure, shapes and dtypes it was given. */
export function requireSameBuffers(caller: string, before: unknown, after: unknown): void {
  if (before === after) return;
  const [wanted, found] = [leavesByPath(before, caller), leavesByPath(after, caller)];
  requireSamePaths(`${caller}: what the loss hands out as buffers`, 'its buffers', wanted, found);
  for (const [path, tensor] of wanted)
    if (!isLike(tensor, found.get(path)!))
      throw new ShapeError(
        `${caller}: the loss was given buffers.${path} as ${signature(tensor)} and hands it out as ` +
          `${signature(found.get(path)!)}; they must agree.`,
      );
}

function requireSamePaths(
  subject: string,
  reference: string,
  wanted: ReadonlyMap<string, Tensor>,
  found: ReadonlyMap<string, Tensor>,
): void {
  const missing = [...wanted.keys()].filter((path) => !found.has(path));
  const extra = [...found.keys()].filter((path) => !wanted.has(path));
  if (missing.length + extra.length === 0) return;
  const problems = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`has ${extra.join(', ')} besides`] : []),
  ];
  throw new UsageError(`${subject} ${problems.join(' and ')}; it must have the same names as ${reference}.`);
}

const isLike = (a: Tensor, b: Tensor): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

const signature = ({ dtype, shape }: Tensor): string => `${dtype}${formatShape(shape)}`;
