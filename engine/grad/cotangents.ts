/** Cotangents that are not computed: those of results, where reverse mode begins, and zeros where it does not reach. */
import { isFloat } from '../core/dtype.js';
import { ShapeError, UsageError } from '../core/errors.js';
import { describe } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import { sameShape } from '../ir/layout.js';
import { Tensor } from '../core/tensor.js';
import type { Path } from '../core/tree.js';
import { broadcastTo, constant } from '../primitives/index.js';

const filled = (tensor: Tensor, value: number): Tensor =>
  broadcastTo(constant(value, tensor.dtype), tensor.shape);
export const zeros = (tensor: Tensor): Tensor => filled(tensor, 0);
export const ones = (tensor: Tensor): Tensor => filled(tensor, 1);

/** @throws unless a function that is differentiated returned one float number. */
export function requireScalar(operation: string, loss: unknown): void {
  if (!(loss instanceof Tensor))
    throw new UsageError(
      `${operation}: the function must return a tensor, or [loss, aux]; it returned ${describe(loss)}.`,
    );
  if (loss.size !== 1 || !isFloat(loss.dtype))
    throw new ShapeError(
      `${operation}: the function returned ${loss.dtype}${formatShape(loss.shape)}; a gradient needs one float number. ` +
        'Reduce it with sum() or mean(), or use vjp or jacobian.',
    );
}

/**
 * The cotangent of a result.
 * @throws ShapeError unless its shape and dtype are those of the result.
 */
export function checkedSeed(
  caller: string,
  path: Path,
  output: Tensor,
  cotangent: Tensor | undefined,
): Tensor {
  if (
    cotangent === undefined ||
    !sameShape(output.shape, cotangent.shape) ||
    output.dtype !== cotangent.dtype
  )
    throw new ShapeError(
      `${caller}: the result${path === '' ? '' : ` ${path}`} is ${output.dtype}${formatShape(output.shape)}, its cotangent ` +
        `${cotangent === undefined ? 'is missing' : `${cotangent.dtype}${formatShape(cotangent.shape)}`}; they must agree.`,
    );
  return cotangent;
}

/** The error for cotangents of results that do not exist. */
export function furtherCotangents(
  caller: string,
  outputs: readonly { readonly path: Path }[],
  cotangents: ReadonlyMap<Path, Tensor>,
): UsageError {
  const paths = new Set(outputs.map(({ path }) => path));
  const further = [...cotangents.keys()].filter((path) => !paths.has(path));
  return new UsageError(
    `${caller}: there is a cotangent for ${further.join(', ')}, which the result does not have; leave it out.`,
  );
}
