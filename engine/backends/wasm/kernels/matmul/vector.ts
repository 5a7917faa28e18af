import { binary, input } from '../../../../ir/expression.js';
import type { Shape } from '../../../../ir/kernel.js';
import type { Context, Kernel } from '../../emit/context.js';
import type { Access } from '../map.js';
import { reduceKernel } from '../reduce/reduce.js';

const product = binary('mul', input(0), input(1));

/**
 * `[...batch, n, k] x [...batch, k, m]` where n or m is 1, as a sum over k: every element of the matrix is used once, so
 * that packing it would take longer than multiplying.
 */
export function vectorProductKernel(context: Context, [a, b]: readonly Access[], shape: Shape): Kernel {
  const [rows, columns] = shape.slice(-2);
  const all = [...shape.slice(0, -2), rows, a.shape.at(-1)!, columns];
  const stretched = ({ dtype, strides }: Access, at: number): Access => ({
    dtype,
    shape: all,
    strides: strides.toSpliced(at, 0, 0),
  });
  return reduceKernel(
    context,
    { family: 'reduce', reduction: 'sum', axes: [shape.length - 1], expression: product },
    [stretched(a, a.strides.length), stretched(b, b.strides.length - 2)],
    { shape, dtype: a.dtype },
  );
}
