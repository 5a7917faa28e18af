/** The derivative operators of numerical analysis, all written with `vjp`. Where a function is flat they are zeros, never errors. */
import { requireFunction } from '../core/arguments.js';
import { withoutHistory } from './withoutHistory.js';
import type { Tensor } from '../core/tensor.js';
import { leavesByPath, leavesOf, mapTree, unflatten } from '../core/tree.js';
import { checkedSeed, furtherCotangents, ones, requireScalar, zeros } from './cotangents.js';
import { record, walkBack } from './grad.js';

/**
 * The vector-Jacobian product of f at x: `value` is f(x), and `pullback(g)` is g^T J, a tree like x, for any
 * cotangent g with the structure and shapes of f(x). Leaves that f does not depend on get zeros.
 */
export function vjp<P, Out>(f: (x: P) => Out): (x: P) => { value: Out; pullback: (cotangent: Out) => P } {
  return vjpFor('vjp', f);
}

/** `vjp` on behalf of a caller, whose name begins its errors. */
export function vjpFor<P, Out>(
  caller: string,
  f: (x: P) => Out,
): (x: P) => { value: Out; pullback: (cotangent: Out) => P } {
  requireFunction(caller, f, 'the function to differentiate');
  return (x) => {
    const { scope, leaves, result } = record(caller, f, x);
    const outputs = leavesOf(result, caller);
    const pullback = (cotangent: Out): P => {
      const cotangents = leavesByPath(cotangent, caller);
      const seeds = outputs.map(
        ({ path, tensor }) => [tensor, checkedSeed(caller, path, tensor, cotangents.get(path))] as const,
      );
      if (cotangents.size > outputs.length) throw furtherCotangents(caller, outputs, cotangents);
      const gradients = walkBack(seeds, scope);
      return unflatten(
        x,
        leaves.map(({ tensor }) => gradients.get(tensor) ?? zeros(tensor)),
      );
    };
    return { value: withoutHistory(caller, result), pullback };
  };
}

/**
 * The Jacobian-vector product of f at x in direction v: `tangent` is J v, a tree like f(x). It is the vjp of a
 * vjp: the pullback is linear in its cotangent, and the transpose of a transpose is the map itself.
 */
export function jvp<P, Out>(f: (x: P) => Out): (x: P, v: P) => { value: Out; tangent: Out } {
  const transpose = vjpFor('jvp', f);
  return (x, v) => {
    const { value, pullback } = transpose(x);
    const anywhere = mapTree(value, zeros);
    return { value, tangent: vjpFor('jvp', pullback)(anywhere).pullback(v) };
  };
}

/** The gradient of a scalar function with zeros where it does not reach: the operator of numerical analysis. */
export function slope<P>(operation: string, f: (x: P) => Tensor): (x: P) => P {
  const transpose = vjpFor(operation, f);
  return (x) => {
    const { value, pullback } = transpose(x);
    requireScalar(operation, value);
    return pullback(ones(value));
  };
}

/** Hessian-vector product of a scalar function: `hvp(f)(x, v)` is H v, a tree like x, without forming H. */
export function hvp<P>(f: (x: P) => Tensor): (x: P, v: P) => P {
  const gradient = vjpFor('hvp', slope('hvp', f));
  return (x, v) => gradient(x).pullback(v);
}
