import { bytesOf } from '../../../ir/array.js';
import type { Shape, WindowSpec, Windows } from '../../../ir/kernel.js';
import { sizeOf } from '../../../ir/layout.js';
import { type Context, type Kernel, addressesOf } from '../emit/context.js';
import { fillDense } from './copy.js';
import { identity, sumOfTwo } from '../emit/graph.js';
import { plus } from '../emit/loops.js';
import { type Access, rowMajor, strided } from './map.js';

/**
 * Windows written side by side, or added back. For one tap of the kernel the windows that read an element, and not
 * padding, form a box, and so do the elements: each tap is one strided copy.
 */
export function windowKernel(
  context: Context,
  { access, windows, value }: WindowSpec,
  input: Access,
  shape: Shape,
): Kernel {
  const filled = Object.is(value, -0) ? '-0' : String(value);
  const key = `window ${access} ${filled} ${JSON.stringify([windows, input, shape])}`;
  return context.kernel(key, () => {
    const output = rowMajor(shape, input.dtype);
    const [plane, columns] = access === 'unfold' ? [input, output] : [output, input];
    const taps = tapsOf(windows).map((tap) => boxesOf(windows, tap, plane, columns));
    const covered = access === 'unfold' && taps.every(({ isWhole }) => isWhole);
    const index = context.module.function(addressesOf(2), (f, out, source) => {
      if (!covered) fillDense(context, f, out, output, access === 'unfold' ? value : 0);
      for (const tap of taps) {
        if (sizeOf(tap.columns.shape) === 0) continue;
        if (access === 'unfold') {
          const copy = strided(context, identity, [tap.plane], tap.columns);
          f.call(copy.index, plus(f, out, tap.columnsOffset), plus(f, source, tap.planeOffset));
        } else {
          const add = strided(context, sumOfTwo, [tap.plane, tap.columns], tap.plane);
          const target = (): ReturnType<typeof plus> => plus(f, out, tap.planeOffset);
          f.call(add.index, target(), target(), plus(f, source, tap.columnsOffset));
        }
      }
    });
    return { index, scratch: 0 };
  });
}

/** The coordinates of every tap of a kernel. */
export function tapsOf({ kernelSize }: Windows): readonly (readonly number[])[] {
  return kernelSize.reduce<readonly (readonly number[])[]>(
    (taps, size) => taps.flatMap((tap) => Array.from({ length: size }, (_, k) => [...tap, k])),
    [[]],
  );
}

/** The elements that a tap reads, and the places of the windows that read them; offsets in bytes. */
export interface Boxes {
  readonly plane: Access;
  readonly planeOffset: number;
  readonly columns: Access;
  readonly columnsOffset: number;
  /** Whether no window reads padding with this tap. */
  readonly isWhole: boolean;
}

export function boxesOf(windows: Windows, tap: readonly number[], plane: Access, columns: Access): Boxes {
  const { inputSize, outputSize, stride, dilation, low } = windows;
  const axes = inputSize.length;
  const leading = plane.shape.length - axes;
  const [planeStrides, tapStrides, positionStrides] = [
    plane.strides.slice(leading),
    columns.strides.slice(leading, leading + axes),
    columns.strides.slice(leading + axes),
  ];
  const shape = plane.shape.slice(0, leading);
  let [planeOffset, columnsOffset] = [0, 0];
  tap.forEach((k, axis) => {
    const reach = k * dilation[axis] - low[axis];
    const first = Math.max(0, Math.ceil(-reach / stride[axis]));
    const last = Math.min(outputSize[axis] - 1, Math.floor((inputSize[axis] - 1 - reach) / stride[axis]));
    shape.push(Math.max(0, last - first + 1));
    planeOffset += (first * stride[axis] + reach) * planeStrides[axis];
    columnsOffset += k * tapStrides[axis] + first * positionStrides[axis];
  });
  const strides = planeStrides.map((step, axis) => step * stride[axis]);
  return {
    plane: { dtype: plane.dtype, shape, strides: [...plane.strides.slice(0, leading), ...strides] },
    planeOffset: planeOffset * bytesOf(plane.dtype),
    columns: {
      dtype: plane.dtype,
      shape,
      strides: [...columns.strides.slice(0, leading), ...positionStrides],
    },
    columnsOffset: columnsOffset * bytesOf(plane.dtype),
    isWhole: outputSize.every((size, axis) => shape[leading + axis] === size),
  };
}
