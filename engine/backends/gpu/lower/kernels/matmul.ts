import { input } from '../../../../ir/expression.js';
import type { MatmulSpec, Signature } from '../../../../ir/kernel.js';
import { sizeOf } from '../../../../ir/layout.js';
import { type Emitter, type Source, dense } from '../emitter.js';
import { writeExpression } from '../expression.js';
import { emitMap } from './map.js';
import { writeSum } from './sum.js';
import { inOrder, termsOf, walkOver } from '../loops.js';
import { placeText } from '../writer.js';

/**
 * Batched products, a cell for each element of the output. The epilogue is computed by the same kernel unless it reads
 * more arrays than one kernel may.
 */
export function emitMatmul(
  emitter: Emitter,
  { epilogue }: MatmulSpec,
  [a, b, ...operands]: readonly Source[],
  output: Signature,
): number {
  const { shape, dtype } = output;
  if (epilogue !== undefined && emitter.arraysOf([a, b, ...operands]) > emitter.arrays) {
    const product = dense(emitMatmul(emitter, { family: 'matmul' }, [a, b], output), shape);
    return emitMap(emitter, epilogue, [product, ...operands], output);
  }
  const batch = shape.length - 2;
  const depth = a.shape[batch + 1];
  // Both factors as views of the output, which one of its two axes does not move, and their steps along the sum.
  const rows: Source = { ...a, shape, strides: [...a.strides.slice(0, batch + 1), 0] };
  const columns: Source = { ...b, shape, strides: [...b.strides.slice(0, batch), 0, b.strides[batch + 1]] };
  const [alongA, alongB] = [a.strides[batch + 1], b.strides[batch]];
  // Four products in one pass of the loop take two thirds of the time of four passes.
  const unrolled = [4, 5, 6, 7, 3, 2].find((products) => depth % products === 0) ?? 1;
  const sources = [rows, columns, ...operands];
  const walk = walkOver(shape, inOrder(shape), sources, epilogue ?? input(0));
  return emitter.emit(sources, sizeOf(shape), (writer, leaves) => {
    const places = writer.coordinates(walk.sizes[0]);
    // Where each factor's sum begins, which does not change in the loop.
    const starts = [0, 1].map((i) =>
      writer.index(placeText(walk.sources[i].offset, termsOf(places, walk.sources[i].steps))),
    );
    const read = (i: number, k: string, part: number, step: number): string =>
      writer.read(leaves[i], part * step, [
        [starts[i], 1],
        [k, unrolled * step],
      ]);
    const product =
      depth === 0
        ? '0'
        : writeSum(writer, [depth / unrolled], ([k], add) => {
            const products = Array.from(
              { length: unrolled },
              (_, part) => `${read(0, k, part, alongA)} * ${read(1, k, part, alongB)}`,
            );
            add(products.join(' + '));
          });
    if (epilogue === undefined) return product;
    return writeExpression(
      writer,
      epilogue,
      {
        input(i) {
          if (i === 0) return product;
          const { offset, steps } = walk.sources[i + 1];
          return writer.read(leaves[i + 1], offset, termsOf(places, steps));
        },
        coordinate(axis) {
          throw new TypeError(`matmul: its epilogue asks for the coordinate along axis ${axis}`);
        },
      },
      dtype,
    );
  });
}
