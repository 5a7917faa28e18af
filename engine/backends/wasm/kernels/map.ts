import type { ScalarExpression } from '../../../ir/expression.js';
import { bytesOf } from '../../../ir/array.js';
import type { DType, Shape } from '../../../ir/kernel.js';
import { contiguousStrides } from '../../../ir/layout.js';
import { collapse } from '../../../ir/loops.js';
import { type Context, type Kernel, addressesOf } from '../emit/context.js';
import { type Graph, coordinatesOf, graphOf } from '../emit/graph.js';
import { type Cursor, nest } from '../emit/loops.js';
import { type Row, emitRow, movedByRow } from './mapRow.js';
import { emitTiles, movedByTiles, tilingOf } from './mapTile.js';

/** An input of a kernel: the layout of its elements from the address that the kernel is called with. */
export interface Access {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly dtype: DType;
}

/** The layout of an array of its own, row-major. */
export const rowMajor = (shape: Shape, dtype: DType): Access => ({
  shape,
  strides: contiguousStrides(shape),
  dtype,
});

/** The step of every axis in bytes. */
export const stepsOf = ({ strides, dtype }: Pick<Access, 'strides' | 'dtype'>): number[] =>
  strides.map((stride) => stride * bytesOf(dtype));

/** `outputs[k][i] = expressions[k](inputs[i])`. An output may be where an input of the same layout is. */
export function mapKernel(
  context: Context,
  expressions: readonly ScalarExpression[],
  inputs: readonly Access[],
  output: { readonly shape: Shape; readonly dtype: DType },
): Kernel {
  return strided(context, graphOf(...expressions), inputs, rowMajor(output.shape, output.dtype));
}

/** A map whose outputs are strided as well, all alike. */
export function strided(context: Context, graph: Graph, inputs: readonly Access[], output: Access): Kernel {
  const axes = coordinatesOf(graph);
  const outputs = graph.roots.length;
  const untiled = collapse(output.shape, [
    ...inputs.map(stepsOf),
    ...graph.roots.map(() => stepsOf(output)),
    ...axes.map((axis) => output.shape.map((_, i) => (i === axis ? 1 : 0))),
  ]);
  const typing = { inputs: inputs.map(({ dtype }) => dtype), output: output.dtype };
  const tiling = tilingOf(graph, untiled, typing);
  const { shape, strides } = tiling?.loops ?? untiled;
  const key = `map ${JSON.stringify([untiled, typing])} ${graph.key}`;
  return context.kernel(key, () => ({
    index: context.module.function(addressesOf(inputs.length + outputs), (f, ...params) => {
      // The call gives the outputs first, the loops have them behind the inputs.
      const addresses = [...params.slice(outputs), ...params.slice(0, outputs)];
      const locals = strides.map((_, i) => (i < addresses.length ? addresses[i] : f.local('i32')));
      const cursors = locals.map((local, i) => ({ local, steps: strides[i] }));
      const last = shape.length - 1;
      const row: Row = { f, context, graph, typing, axes, cursors, size: shape[last], axis: last };
      const height = shape[last - 1];
      const nestAround = (first: number, body: () => void, moved: (cursor: Cursor) => number): void => {
        nest(f, shape.slice(0, first), cursors, body, cursors.map(moved));
      };
      if (tiling === undefined)
        nestAround(
          last,
          () => {
            emitRow(row);
          },
          movedByRow(row),
        );
      else
        nestAround(
          last - 1,
          () => {
            emitTiles(row, height, tiling.turned);
          },
          movedByTiles(row, height),
        );
    }),
    scratch: 0,
  }));
}
