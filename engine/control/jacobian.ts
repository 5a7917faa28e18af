import { type Replace, mapTree } from '../core/tree.js';
import type { Tensor } from '../core/tensor.js';
import { zeros } from '../grad/cotangents.js';
import { slope, vjpFor } from '../grad/derivatives.js';
import { eq, iota, reshape } from '../primitives/index.js';
import { vmap } from './vmap.js';

/**
 * The Jacobian of f at x, by one pullback of all elements of f(x) at once. For tensors, shape `[...f(x), ...x]`; for
 * trees, f(x)'s tree with in every leaf a tree like x.
 */
export function jacobian<P, Out>(f: (x: P) => Out): (x: P) => Replace<Out, P> {
  return jacobianFor('jacobian', f);
}

/** The Hessian of a scalar function at x, the Jacobian of its gradient: for a tensor x, shape `[...x, ...x]`. */
export function hessian<P>(f: (x: P) => Tensor): (x: P) => Replace<P, P> {
  return jacobianFor('hessian', slope('hessian', f));
}

function jacobianFor<P, Out>(caller: string, f: (x: P) => Out): (x: P) => Replace<Out, P> {
  const transpose = vjpFor(caller, f);
  return (x) => {
    const { value, pullback } = transpose(x);
    const blank = mapTree<Out>(value, zeros);
    return mapTree(value, (output, path) => {
      const row = (seed: Tensor): P =>
        pullback(mapTree<Out>(blank, (zero, at) => (at === path ? seed : zero)));
      const rows = vmap(row)(basis(output));
      return mapTree(rows, (leaf) => reshape(leaf, [...output.shape, ...leaf.shape.slice(1)]));
    });
  };
}

/** The one-hot cotangents that select the elements of a result. */
function basis({ size, shape, dtype }: Tensor): Tensor {
  const square = [size, size];
  return reshape(eq(iota(square, 0, dtype), iota(square, 1, dtype)), [size, ...shape]);
}
