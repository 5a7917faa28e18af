/**
 * (7 of 7 in reading order) An optimizer is a pure rule over whole trees of parameters:
 *
 *     update({params, grads, state, hyper, step}) -> {deltas, state}
 *
 * It is written once, with tensor operations, and used twice: a trainer calls it and keeps the values; `unroll` calls it
 * inside a gradient, and its results are differentiable with respect to all of its inputs: the initial parameters, the
 * state, and every hyper-parameter, which are tensors too.
 *
 * `state` is what the rule adapts, `hyper` what is tuned from outside. They never mix. See `applyRule` for the update itself.
 */
import type { Tensor, TensorTree } from '../engine/index.js';

/** `positive`: [0, infinity); `unit`: [0, 1); `fraction`: [0, 1]; `real`: any finite number. */
export type Domain = 'positive' | 'unit' | 'fraction' | 'real';

export interface HyperParameter {
  readonly initial: number;
  readonly domain: Domain;
}

/** Hyper-parameters as a rule receives them: scalars in natural units, of the parameters' dtype. */
export type Hyper<Name extends string> = Readonly<Record<Name, Tensor>>;

/** The memory of a rule from step to step: trees by name, as in `{m, v}`. */
export type State = Readonly<Record<string, TensorTree>>;

/** Observations of a step by name: the output of a gate, the norm of a gradient. */
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
  /** Added to the parameters. */
  readonly deltas: P;
  readonly state: State;
  readonly info?: Info;
}

export interface Rule<Name extends string = string> {
  readonly name: string;
  readonly hyper: Readonly<Record<Name, HyperParameter>>;
  /** Hyper-parameters that the update does not vary with; their gradients are zeros by nature and not a mistake. */
  readonly flatIn: readonly Name[];
  /** The state before the first update. */
  init(params: TensorTree): State;
  update<P>(input: UpdateInput<P, Name>): Update<P>;
}
