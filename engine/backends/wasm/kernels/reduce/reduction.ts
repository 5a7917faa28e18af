import type { DType, ReduceSpec, Shape } from '../../../../ir/kernel.js';
import { collapse } from '../../../../ir/loops.js';
import type { Context } from '../../emit/context.js';
import type { Body, Local, Pushed } from '../../assembler/encoder.js';
import { emitExpression } from '../../emit/expression.js';
import { type Typing, kindOf } from '../../emit/typing.js';
import { type Graph, coordinatesOf } from '../../emit/graph.js';
import { loadLanes } from '../../emit/lanes.js';
import { bytesOf } from '../../../../ir/array.js';
import { type Access, rowMajor, stepsOf } from '../map.js';
import { coordinates } from '../mapRow.js';
import { vectors } from '../../emit/vector.js';

/** One loop over the elements, and how far an iteration moves each cursor: those of the inputs, the output, coordinates. */
export interface Loop {
  readonly size: number;
  readonly steps: readonly number[];
}

export interface Job {
  readonly graph: Graph;
  /** Of the elements: a float32 result has float64 elements if it is computed from such. */
  readonly typing: Typing;
  /** The dtype of the result. */
  readonly output: DType;
  /** Loops over the output, and loops over what one element of it is made from. */
  readonly kept: readonly Loop[];
  readonly reduced: readonly Loop[];
  readonly axes: readonly number[];
}

/** The loops of a reduction, as few as visit its elements. */
export function jobOf(
  { axes, reduction }: ReduceSpec,
  graph: Graph,
  inputs: readonly Access[],
  output: { readonly shape: Shape; readonly dtype: DType },
): Job {
  const { shape } = inputs[0];
  const outputSteps = stepsOf(rowMajor(output.shape, output.dtype));
  let next = 0;
  const ofOutput = shape.map((_, axis) => (axes.includes(axis) ? 0 : outputSteps[next++]));
  const coordinateAxes = coordinatesOf(graph);
  const steps = [
    ...inputs.map(stepsOf),
    ofOutput,
    ...coordinateAxes.map((axis) => shape.map((_, i) => (i === axis ? 1 : 0))),
  ];
  const loopsOver = (wanted: (axis: number) => boolean): Loop[] => {
    const chosen = <T>(values: readonly T[]): T[] => values.filter((_, axis) => wanted(axis));
    const loops = collapse(chosen(shape), steps.map(chosen));
    return loops.shape.map((size, i) => ({ size, steps: loops.strides.map((all) => all[i]) }));
  };
  const dtypes = inputs.map(({ dtype }) => dtype);
  const whole = dtypes.every((dtype) => dtype === 'int32');
  const { dtype } = kindOf({ inputs: dtypes, output: output.dtype });
  return {
    graph,
    typing: {
      inputs: dtypes,
      output: whole || (output.dtype === 'int32' && reduction !== 'argmax') ? output.dtype : dtype,
    },
    output: output.dtype,
    kept: loopsOver((axis) => !axes.includes(axis)),
    reduced: loopsOver((axis) => axes.includes(axis)),
    axes: coordinateAxes,
  };
}

/** Cursors for a kernel's parameters: its output stands behind the inputs, coordinates behind it. */
export function cursorLocals(f: Body, params: readonly Local[], job: Job): readonly Local[] {
  return [...params.slice(1), params[0], ...job.axes.map(() => f.let('i32', f.i32(0)))];
}

/** Up to a vector of elements side by side along a loop, at distances from the cursors. */
export function emitElements(
  context: Context,
  f: Body,
  { graph, typing, axes }: Job,
  locals: readonly Local[],
  along: Loop,
  place: { readonly distance: (cursor: number) => number; readonly lanes: number; readonly inline: boolean },
): Pushed {
  const { distance, lanes, inline } = place;
  const leaves = {
    isRepeated: () => false,
    input: (i: number) =>
      loadLanes(f, locals[i], distance(i), along.steps[i], lanes, bytesOf(typing.inputs[i])),
    coordinate(axis: number) {
      const cursor = typing.inputs.length + 1 + axes.indexOf(axis);
      return coordinates(f, locals[cursor], distance(cursor), along.steps[cursor]);
    },
  };
  return emitExpression(context, vectors(f, context.features, kindOf(typing)), graph, typing, leaves, inline);
}
