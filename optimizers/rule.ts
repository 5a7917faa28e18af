/**
 * (7 of 7 in reading order) An optimizer is a pure rule over whole trees of parameters:
 *
 *     update({params, grads, state, hyper, step}) -> {deltas, state}
 *
 * It is written once, with tensor operations, and used twice: a trainer calls it and keeps the values;
 * `unroll` calls it inside a gradient, and what comes out is differentiable with respect to everything that
 * went in: the initial parameters, the state, and every hyper-parameter, which are tensors too.
 *
 * What a rule adapts is `state`; what somebody outside tunes is `hyper`. They never mix.
 */
import { formatShape, sameShape } from '../engine/core/shape.js';
import {
  type Path,
  ShapeError,
  type Tensor,
  type TensorTree,
  UsageError,
  add,
  zipTrees,
} from '../engine/index.js';
import type { Hyper, HyperParameter } from './hyper.js';

/** What a rule remembers from step to step: trees under names, as in `{m, v}`. */
export type State = Readonly<Record<string, TensorTree>>;

/** What a rule lets others see of a step, by name: the output of a gate, the norm of a gradient. */
export type Info = Readonly<Record<string, Tensor>>;

export interface UpdateInput<P, Name extends string> {
  readonly params: P;
  readonly grads: P;
  readonly state: State;
  readonly hyper: Hyper<Name>;
  /** The number of this update, 1 for the first: a scalar of the parameters' dtype. */
  readonly step: Tensor;
}

export interface Update<P> {
  /** What to add to the parameters. */
  readonly deltas: P;
  readonly state: State;
  readonly info?: Info;
}

export interface Rule<Name extends string = string> {
  readonly name: string;
  readonly hyper: Readonly<Record<Name, HyperParameter>>;
  /** Hyper-parameters that the update is flat in; their gradients are zeros by nature and not a mistake. */
  readonly flatIn: readonly Name[];
  /** The state before the first update. */
  init(params: TensorTree): State;
  update<P>(input: UpdateInput<P, Name>): Update<P>;
}

/** Declares a rule; its names are the keys of `hyper`, and `flatIn` may be left out where there is nothing to name. */
export function defineRule<Name extends string>(
  definition: Pick<Rule<Name>, 'name' | 'hyper'> &
    Pick<Rule<NoInfer<Name>>, 'init' | 'update'> & { readonly flatIn?: readonly NoInfer<Name>[] },
): Rule<Name> {
  return { flatIn: [], ...definition };
}

/** The part of a state that belongs to a rule inside another. */
export function stateOf(state: State, part: string): State {
  if (!(part in state))
    throw new UsageError(
      `state: it lacks ${part} and has ${Object.keys(state).join(', ')}; it is another rule's.`,
    );
  return state[part] as State;
}

/** One update: the only place where parameters change. */
export function applyRule<P, Name extends string>(
  rule: Rule<Name>,
  input: UpdateInput<P, Name>,
): { readonly params: P; readonly state: State; readonly info: Info } {
  zipTrees(input.params, input.grads, (param, grad, path) =>
    checkedLike(rule, 'gradient', path, param, grad),
  );
  const { deltas, state, info = {} } = rule.update(input);
  const params = zipTrees(input.params, deltas, (param, delta, path) =>
    add(param, checkedLike(rule, 'delta', path, param, delta)),
  );
  return { params, state, info };
}

/** Broadcasting would let a gradient or delta of another shape through, or change the parameter's shape. */
function checkedLike(rule: Rule, what: string, path: Path, param: Tensor, given: Tensor): Tensor {
  if (sameShape(param.shape, given.shape) && param.dtype === given.dtype) return given;
  throw new ShapeError(
    `${rule.name}: the ${what} of ${path === '' ? 'the parameter' : path} is ${given.dtype}${formatShape(given.shape)}, ` +
      `the parameter ${param.dtype}${formatShape(param.shape)}; they must agree.`,
  );
}
