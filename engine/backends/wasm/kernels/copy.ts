import { bytesOf } from '../../../ir/array.js';
import { constant } from '../../../ir/expression.js';
import type { CopySpec, DType, Shape } from '../../../ir/kernel.js';
import { contiguousStrides, sizeOf } from '../../../ir/layout.js';
import { type Context, type Kernel, addressesOf } from '../emit/context.js';
import type { Body, Local } from '../assembler/encoder.js';
import { identity } from '../emit/graph.js';
import { plus } from '../emit/loops.js';
import { type Access, mapKernel, strided } from './map.js';

interface Dense {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Most inputs of one copy kernel: V8 allows 1000 parameters of a WebAssembly function. */
export const mostCopied = 512;

/** Fills the output, unless a kernel before did, and writes each input from number `first` on into its box. */
export function copyKernel(
  context: Context,
  { fill, boxes }: CopySpec,
  inputs: readonly Access[],
  output: Dense,
  first = 0,
): Kernel {
  const filled = Object.is(fill, -0) ? '-0' : String(fill);
  const key = `copy ${filled} ${JSON.stringify([boxes, inputs, output, first])}`;
  return context.kernel(key, () => {
    const strides = contiguousStrides(output.shape);
    const places = boxes.map(({ start, step }, i) => {
      const { shape, dtype } = inputs[i];
      return {
        offset: start.reduce((sum, s, axis) => sum + s * strides[axis], 0) * bytesOf(output.dtype),
        access: { shape, dtype, strides: strides.map((stride, axis) => stride * step[axis]) },
      };
    });
    const copied = places.slice(first, first + mostCopied);
    const index = context.module.function(addressesOf(copied.length + 1), (f, target, ...sources) => {
      if (first === 0 && !isCovered(boxes, inputs, output.shape)) fillDense(context, f, target, output, fill);
      copied.forEach(({ offset, access }, i) => {
        if (sizeOf(access.shape) === 0) return;
        const box = strided(context, identity, [inputs[first + i]], access);
        f.call(box.index, plus(f, target, offset), f.get(sources[i]));
      });
    });
    return { index, scratch: 0 };
  });
}

/** Whether the boxes are known to fill the output: dense ones that do not overlap and hold as many elements. */
function isCovered(boxes: CopySpec['boxes'], inputs: readonly Access[], shape: Shape): boolean {
  const dense = boxes.every(({ step }, i) => step.every((s, axis) => s === 1 || inputs[i].shape[axis] === 1));
  const total = inputs.reduce((sum, input) => sum + sizeOf(input.shape), 0);
  if (!dense || total !== sizeOf(shape)) return false;
  const apart = (a: number, b: number): boolean =>
    shape.some((_, axis) => {
      const [startA, startB] = [boxes[a].start[axis], boxes[b].start[axis]];
      return startA + inputs[a].shape[axis] <= startB || startB + inputs[b].shape[axis] <= startA;
    });
  return boxes.every((_, a) => boxes.every((__, b) => a >= b || apart(a, b)));
}

/** Sets all of a dense output to one number. */
export function fillDense(context: Context, f: Body, target: Local, output: Dense, value: number): void {
  const size = sizeOf(output.shape);
  if (Object.is(value, 0)) f.fill(f.get(target), f.i32(0), f.i32(size * bytesOf(output.dtype)));
  else f.call(mapKernel(context, [constant(value)], [], { ...output, shape: [size] }).index, f.get(target));
}

/** The same number for every element, whatever the inputs. */
export function constantKernel(context: Context, inputs: number, output: Dense, value: number): Kernel {
  const index = context.module.function(addressesOf(inputs + 1), (f, target) => {
    fillDense(context, f, target, output, value);
  });
  return { index, scratch: 0 };
}
