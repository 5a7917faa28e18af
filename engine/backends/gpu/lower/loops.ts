import type { ScalarExpression } from '../../../ir/expression.js';
import type { DType, Shape } from '../../../ir/kernel.js';
import { collapse } from '../../../ir/loops.js';
import type { Source } from './emitter.js';
import { coordinateAxes, writeExpression } from './expression.js';
import { type Leaf, type Term, type Writer, placeText } from './writer.js';

/** Loops over the elements of a shape, and how far each of them moves the sources of an expression. */
export interface Walk {
  /** The loops' sizes, for each group of axes. */
  readonly sizes: readonly (readonly number[])[];
  readonly expression: ScalarExpression;
  readonly sources: readonly Steps[];
  /** Of the axes whose coordinates the expression uses, the coordinate as a place. */
  readonly coordinates: ReadonlyMap<number, Steps>;
}

interface Steps {
  readonly offset: number;
  /** For each loop. */
  readonly steps: readonly number[];
}

/** The fewest loops, for each group of axes at least one, that visit the elements of a shape in the order of the groups. */
export function walkOver(
  shape: Shape,
  groups: readonly (readonly number[])[],
  sources: readonly Source[],
  expression: ScalarExpression,
): Walk {
  const axes = [...coordinateAxes(expression)];
  const units = axes.map((axis) => shape.map((_, i) => (i === axis ? 1 : 0)));
  const operands = [...sources.map(({ strides }) => strides), ...units];
  const loops = groups.map((group) => {
    const chosen = (numbers: readonly number[]): number[] => group.map((axis) => numbers[axis]);
    return collapse(chosen(shape), operands.map(chosen));
  });
  const stepsOf = (i: number, offset: number): Steps => ({
    offset,
    steps: loops.flatMap(({ strides }) => strides[i]),
  });
  return {
    sizes: loops.map(({ shape: sizes }) => sizes),
    expression,
    sources: sources.map(({ offset }, i) => stepsOf(i, offset)),
    coordinates: new Map(axes.map((axis, i) => [axis, stepsOf(sources.length + i, 0)])),
  };
}

/** All axes as one group. */
export const inOrder = (shape: Shape): readonly (readonly number[])[] => [shape.map((_, axis) => axis)];

export const termsOf = (places: readonly string[], steps: readonly number[]): Term[] =>
  places.map((place, i) => [place, steps[i]] as const);

/** Writes a walk's expression of the elements at these places in its loops. */
export function writeElement(
  writer: Writer,
  { expression, sources, coordinates }: Walk,
  leaves: readonly Leaf[],
  places: readonly string[],
  dtype: DType,
): string {
  return writeExpression(
    writer,
    expression,
    {
      input: (i) => writer.read(leaves[i], sources[i].offset, termsOf(places, sources[i].steps)),
      coordinate(axis) {
        const { offset, steps } = coordinates.get(axis)!;
        return placeText(offset, termsOf(places, steps));
      },
    },
    dtype,
  );
}
