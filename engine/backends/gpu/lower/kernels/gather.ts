import type { IndexSpec, Signature } from '../../../../ir/kernel.js';
import { sizeOf } from '../../../../ir/layout.js';
import type { Emitter, Source } from '../emitter.js';
import { writeSum } from './sum.js';
import { termsOf } from '../loops.js';
import type { Writer } from '../writer.js';

/** Rows picked by indices, which take the place of an axis. */
export function emitGather(
  emitter: Emitter,
  { axis }: IndexSpec,
  [x, indices]: readonly Source[],
  { shape }: Signature,
): number {
  const behind = axis + indices.shape.length;
  return emitter.emit([x, indices], sizeOf(shape), (writer, leaves) => {
    const coordinates = writer.coordinates(shape);
    const index = writer.read(
      leaves[1],
      indices.offset,
      termsOf(coordinates.slice(axis, behind), indices.strides),
    );
    const row = inside(writer, index, x.shape[axis]);
    const places = [...coordinates.slice(0, axis), row, ...coordinates.slice(behind)];
    return writer.read(leaves[0], x.offset, termsOf(places, x.strides));
  });
}

/** An index kept on an axis, as nothing else keeps reads inside of arrays; which one was wrong, the host sees in the results. */
function inside(writer: Writer, index: string, size: number): string {
  const constant = Number(index);
  if (!Number.isNaN(constant)) return String(Math.max(0, Math.min(constant, size - 1)));
  const row = writer.index(index);
  writer.line(`if (${row} < 0) { ${row} = 0; }`);
  writer.line(`if (${row} >= ${size}) { ${row} = ${size - 1}; }`);
  return row;
}

/** The transpose of gather, as a gather: each element looks through all indices for those that name its row. */
export function emitScatterAdd(
  emitter: Emitter,
  { axis }: IndexSpec,
  [g, indices]: readonly Source[],
  { shape }: Signature,
): number {
  if (sizeOf(g.shape) === 0) return emitter.emit([], sizeOf(shape), () => '0');
  return emitter.emit([g, indices], sizeOf(shape), (writer, leaves) => {
    const coordinates = writer.coordinates(shape);
    return writeSum(writer, indices.shape, (listed, add) => {
      const row = writer.read(leaves[1], indices.offset, termsOf(listed, indices.strides));
      writer.when([`${row} === ${coordinates[axis]}`], () => {
        const places = [...coordinates.slice(0, axis), ...listed, ...coordinates.slice(axis + 1)];
        add(writer.read(leaves[0], g.offset, termsOf(places, g.strides)));
      });
    });
  });
}
