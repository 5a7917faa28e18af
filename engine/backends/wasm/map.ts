import type { DType, Layout, MapSpec, Shape } from '../../ir/kernel.js';
import { contiguousStrides } from '../layout.js';
import { collapse } from '../cpu/array.js';
import { type Context, type Kernel, addressesOf } from './context.js';
import type { Body, Local, Pushed } from './encoder.js';
import { type Leaves, emitExpression } from './expression.js';
import { type Graph, coordinatesOf, graphOf, isHeavy } from './graph.js';
import { loadLanes, storeLanes } from './lanes.js';
import { type Cursor, advance, nest, repeat } from './loops.js';
import { vectors } from './vector.js';

/** An input of a kernel: how its elements lie behind the address that the kernel is called with. */
export interface Access {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly dtype: DType;
}

export const bytesPerElement = 4;

/** The step of every axis in bytes. */
export const stepsOf = ({ strides }: Pick<Layout, 'strides'>): number[] =>
  strides.map((stride) => stride * bytesPerElement);

/** `output[i] = expression(inputs[i])`. The output may be where an input of the same layout is. */
export function mapKernel(
  context: Context,
  { expression }: Pick<MapSpec, 'expression'>,
  inputs: readonly Access[],
  output: { readonly shape: Shape; readonly dtype: DType },
): Kernel {
  return strided(context, graphOf(expression), inputs, {
    ...output,
    strides: contiguousStrides(output.shape),
  });
}

/** A map whose output is strided as well. */
export function strided(context: Context, graph: Graph, inputs: readonly Access[], output: Access): Kernel {
  const axes = coordinatesOf(graph);
  const loops = collapse(output.shape, [
    ...inputs.map(stepsOf),
    stepsOf(output),
    ...axes.map((axis) => output.shape.map((_, i) => (i === axis ? 1 : 0))),
  ]);
  const typing = { inputs: inputs.map(({ dtype }) => dtype), output: output.dtype };
  const key = `map ${JSON.stringify([loops, typing])} ${graph.key}`;
  return context.kernel(key, () => ({
    index: context.module.function(addressesOf(inputs.length + 1), (f, ...params) => {
      // The call gives the output first, the loops have it behind the inputs.
      const addresses = [...params.slice(1), params[0]];
      const locals = loops.strides.map((_, i) => (i < addresses.length ? addresses[i] : f.local('i32')));
      const cursors = locals.map((local, i) => ({ local, steps: loops.strides[i] }));
      const last = loops.shape.length - 1;
      const row: Row = { f, context, graph, typing, axes, cursors, size: loops.shape[last], axis: last };
      nest(
        f,
        loops.shape.slice(0, last),
        cursors,
        () => {
          emitRow(row);
        },
        cursors.map(movedByRow(row)),
      );
    }),
    scratch: 0,
  }));
}

interface Row {
  readonly f: Body;
  readonly context: Context;
  readonly graph: Graph;
  readonly typing: { readonly inputs: readonly DType[]; readonly output: DType };
  readonly axes: readonly number[];
  /** The inputs, the output, then coordinates. */
  readonly cursors: readonly Cursor[];
  readonly size: number;
  /** The loop along which four elements are computed at once. */
  readonly axis: number;
}

/** Rows of up to so many vectors are written out without a loop. */
const unrolled = ({ graph }: Row): number => (isHeavy(graph) ? 1 : 3);

function movedByRow(row: Row): (cursor: Cursor) => number {
  const whole = Math.floor(row.size / 4);
  return ({ steps }) => (whole > unrolled(row) ? whole * 4 * steps[row.axis] : 0);
}

/** All elements along the innermost loop, by fours, then what remains. */
function emitRow(row: Row): void {
  const { f, cursors, size, axis } = row;
  const whole = Math.floor(size / 4);
  const rest = size % 4;
  const repeated = size > 4 ? repeatedInputs(row) : new Map<number, Local>();
  if (whole <= unrolled(row)) {
    for (let i = 0; i < whole; i++) emitVector(row, repeated, i * 4, 4, false);
    if (rest > 0) emitVector(row, repeated, whole * 4, rest, false);
    return;
  }
  repeat(f, whole, () => {
    emitVector(row, repeated, 0, 4, true);
    for (const { local, steps } of cursors) advance(f, local, 4 * steps[axis]);
  });
  if (rest > 0) emitVector(row, repeated, 0, rest, false);
}

/** Inputs that are the same along the whole row are read once. */
function repeatedInputs({ f, graph, typing, cursors, axis }: Row): ReadonlyMap<number, Local> {
  const repeated = new Map<number, Local>();
  typing.inputs.forEach((_, i) => {
    const used = graph.parts.some((part) => part.kind === 'input' && part.index === i);
    if (used && cursors[i].steps[axis] === 0)
      repeated.set(i, f.let('v128', loadLanes(f, cursors[i].local, 0, 0, 4)));
  });
  return repeated;
}

/** Up to four elements, `ahead` elements from the cursors on. */
function emitVector(
  { f, context, graph, typing, axes, cursors, axis }: Row,
  repeated: ReadonlyMap<number, Local>,
  ahead: number,
  lanes: number,
  inline: boolean,
): void {
  const leaves: Leaves = {
    isRepeated: (index) => repeated.has(index),
    input(index) {
      const kept = repeated.get(index);
      if (kept !== undefined) return f.get(kept);
      const { local, steps } = cursors[index];
      return loadLanes(f, local, ahead * steps[axis], steps[axis], lanes);
    },
    coordinate(of) {
      const { local, steps } = cursors[typing.inputs.length + 1 + axes.indexOf(of)];
      return coordinates(f, local, ahead * steps[axis], steps[axis]);
    },
  };
  const value = f.let(
    'v128',
    emitExpression(context, vectors(f, context.features), graph, typing, leaves, inline),
  );
  const { local, steps } = cursors[typing.inputs.length];
  storeLanes(f, local, ahead * steps[axis], steps[axis], lanes, value);
}

/** The int32 coordinates of four neighbouring elements, of which the first is `offset` beyond the cursor's. */
export function coordinates(f: Body, at: Local, offset: number, step: number): Pushed {
  const first = f.op('i32x4.splat', f.get(at));
  if (step === 0 && offset === 0) return first;
  return f.op('i32x4.add', first, f.i32x4(...[0, 1, 2, 3].map((lane) => offset + lane * step)));
}
