import { bytesOf } from '../../../ir/array.js';
import type { DType, IndexSpec, Shape } from '../../../ir/kernel.js';
import { collapse } from '../../../ir/loops.js';
import { sizeOf } from '../../../ir/layout.js';
import { type Context, type Kernel, addressesOf } from '../emit/context.js';
import { fillDense } from './copy.js';
import type { Body, Local } from '../assembler/encoder.js';
import { identity, sumOfTwo } from '../emit/graph.js';
import { loadLanes, storeLanes } from '../emit/lanes.js';
import { advance, nest } from '../emit/loops.js';
import { type Access, rowMajor, stepsOf, strided } from './map.js';

/** Rows picked by int32 indices, or added where they say; an index out of range is reported to the host. */
export function indexingKernel(
  context: Context,
  { access, axis }: IndexSpec,
  [values, indices]: readonly Access[],
  shape: Shape,
): Kernel {
  const key = `index ${JSON.stringify([access, axis, values, indices, shape])}`;
  return context.kernel(key, () => {
    const output = rowMajor(shape, values.dtype);
    // The side with the rows' places has one axis where the other has those of the indices.
    const [placed, listed] = access === 'gather' ? [values, output] : [output, values];
    const behind = axis + indices.shape.length;
    const row = (rows: Access, from: number): Access => ({
      dtype: rows.dtype,
      shape: rows.shape.slice(from),
      strides: rows.strides.slice(from),
    });
    const [placedRow, listedRow] = [row(placed, axis + 1), row(listed, behind)];
    /** Writes one row, or adds it to what is there. */
    const emitRow =
      sizeOf(placedRow.shape) === 1
        ? emitElement(access, values.dtype)
        : callRow(context, access, placedRow, listedRow);
    const loops = collapse(listed.shape.slice(0, behind), [
      [...stepsOf(placed).slice(0, axis), ...indices.shape.map(() => 0)],
      stepsOf(listed).slice(0, behind),
      [...values.shape.slice(0, axis).map(() => 0), ...stepsOf(indices)],
    ]);
    const index = context.module.function(addressesOf(3), (f, out, source, at) => {
      checkIndices(context, f, at, indices, access, placed.shape[axis]);
      if (access === 'scatterAdd') fillDense(context, f, out, output, 0);
      const [placedAt, listedAt] = access === 'gather' ? [source, out] : [out, source];
      const cursors = [placedAt, listedAt, at].map((local, i) => ({ local, steps: loops.strides[i] }));
      nest(f, loops.shape, cursors, () => {
        const distance = f.op('i32.mul', f.load('i32.load', f.get(at)), f.i32(stepsOf(placed)[axis]));
        const place = f.let('i32', f.op('i32.add', distance, f.get(placedAt)));
        emitRow(f, place, listedAt);
      });
    });
    return { index, scratch: 0 };
  });
}

type EmitRow = (f: Body, placedAt: Local, listedAt: Local) => void;

const callRow = (context: Context, access: IndexSpec['access'], placed: Access, listed: Access): EmitRow => {
  if (access === 'gather') {
    const { index } = strided(context, identity, [placed], listed);
    return (f, placedAt, listedAt) => f.call(index, f.get(listedAt), f.get(placedAt));
  }
  const { index } = strided(context, sumOfTwo, [placed, listed], placed);
  return (f, placedAt, listedAt) => f.call(index, f.get(placedAt), f.get(placedAt), f.get(listedAt));
};

/** A row of one element is not worth a call. */
const emitElement = (access: IndexSpec['access'], dtype: DType): EmitRow => {
  const bytes = bytesOf(dtype);
  const read = (f: Body, at: Local): Local => f.let('v128', loadLanes(f, at, 0, 0, 1, bytes));
  if (access === 'gather')
    return (f, placedAt, listedAt) => {
      storeLanes(f, listedAt, 0, bytes, 1, read(f, placedAt), bytes);
    };
  const add = ({ int32: 'i32x4.add', float32: 'f32x4.add', float64: 'f64x2.add' } as const)[dtype];
  return (f, placedAt, listedAt) => {
    const [sum, more] = [read(f, placedAt), read(f, listedAt)];
    storeLanes(f, placedAt, 0, bytes, 1, f.let('v128', f.op(add, f.get(sum), f.get(more))), bytes);
  };
};

/** Leaves the kernel by an error of the host at the first index out of range, before anything is written. */
function checkIndices(
  { host }: Context,
  f: Body,
  address: Local,
  indices: Access,
  access: IndexSpec['access'],
  size: number,
): void {
  const loops = collapse(indices.shape, [stepsOf(indices)]);
  const at = f.let('i32', f.get(address));
  const number = f.let('i32', f.i32(0));
  const index = f.local('i32');
  nest(f, loops.shape, [{ local: at, steps: loops.strides[0] }], () => {
    f.set(index, f.load('i32.load', f.get(at)));
    f.when(f.op('i32.ge_u', f.get(index), f.i32(size)), () => {
      const operation = f.i32(access === 'gather' ? 0 : 1);
      f.call(host.fail, operation, f.get(index), f.get(number), f.i32(sizeOf(indices.shape)), f.i32(size));
    });
    advance(f, number, 1);
  });
}
