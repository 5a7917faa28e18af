/** Nested loops over strided operands. */
import type { Shape } from './kernel.js';

/** Axes of one common shape, and for each operand the stride along each axis. */
export interface Loops {
  readonly shape: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/**
 * The fewest loops that visit the same elements in the same order: axes of size 1 go, and neighbouring
 * axes that every operand walks through in one stride become one.
 */
export function collapse(shape: Shape, operands: readonly (readonly number[])[]): Loops {
  const sizes: number[] = [];
  const strides: number[][] = operands.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 1) continue;
    const last = sizes.length - 1;
    const joins =
      last >= 0 && operands.every((operand, i) => strides[i][last] === operand[axis] * shape[axis]);
    if (joins) {
      sizes[last] *= shape[axis];
      for (let i = 0; i < operands.length; i++) strides[i][last] = operands[i][axis];
    } else {
      sizes.push(shape[axis]);
      for (let i = 0; i < operands.length; i++) strides[i].push(operands[i][axis]);
    }
  }
  if (sizes.length === 0) {
    sizes.push(1);
    for (const operand of strides) operand.push(0);
  }
  return { shape: sizes, strides };
}

/**
 * Calls `row` once for every combination of the outer coordinates (all but the last axis) with each
 * operand's position there. `positions` is reused between calls.
 */
export function eachRow(
  loops: Loops,
  offsets: readonly number[],
  row: (positions: readonly number[]) => void,
): void {
  const { shape, strides } = loops;
  const outer = shape.length - 1;
  const positions = [...offsets];
  if (outer === 0) {
    row(positions);
    return;
  }
  if (shape.includes(0)) return;
  const coordinates = new Array<number>(outer).fill(0);
  for (;;) {
    row(positions);
    let axis = outer - 1;
    while (axis >= 0 && ++coordinates[axis] === shape[axis]) {
      for (let i = 0; i < positions.length; i++) positions[i] -= strides[i][axis] * (shape[axis] - 1);
      coordinates[axis--] = 0;
    }
    if (axis < 0) return;
    for (let i = 0; i < positions.length; i++) positions[i] += strides[i][axis];
  }
}
