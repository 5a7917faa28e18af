/** One row of a map: the innermost loop, a vector of elements at once, and two vectors an iteration. */
import type { Context } from '../emit/context.js';
import type { Body, Local, Pushed } from '../assembler/encoder.js';
import { type Emitter, type Hoisted, type Leaves, expressionEmitter } from '../emit/expression.js';
import { type Graph, isHeavy } from '../emit/graph.js';
import { loadLanes, storeLanes } from '../emit/lanes.js';
import { type Cursor, advance, repeat } from '../emit/loops.js';
import { type Typing, kindOf } from '../emit/typing.js';
import { type Vectors, vectors } from '../emit/vector.js';
import { bytesOf } from '../../../ir/array.js';
import { isHeavyFunction } from '../../../ir/expression.js';

export interface Row {
  readonly f: Body;
  readonly context: Context;
  readonly graph: Graph;
  readonly typing: Typing;
  readonly axes: readonly number[];
  /** The inputs, the outputs, then coordinates. */
  readonly cursors: readonly Cursor[];
  readonly size: number;
  /** The loop along which the elements of a vector are. */
  readonly axis: number;
}

/** Rows of at most this many vectors are written out without a loop, with functions like exp and without. */
export const mostUnrolled = { heavy: 1, light: 3 };

/** How many vectors are read before the first is stored: V8 joins two that are side by side into one of 256 bits. */
export const vectorsTogether = 2;

/** A row as whole vectors, and the elements that remain. */
interface Cut {
  readonly lanes: number;
  readonly whole: number;
  readonly rest: number;
  /** Whether there is a loop, of `vectorsTogether` vectors an iteration. */
  readonly isLoop: boolean;
}

function cutOf({ graph, typing, size }: Row): Cut {
  const { lanes } = kindOf(typing);
  const whole = Math.floor(size / lanes);
  const isLoop = whole > (isHeavy(graph) ? mostUnrolled.heavy : mostUnrolled.light);
  return { lanes, whole, rest: size % lanes, isLoop };
}

export function movedByRow(row: Row): (cursor: Cursor) => number {
  const { lanes, whole, isLoop } = cutOf(row);
  return ({ steps }) => (isLoop ? (whole - (whole % vectorsTogether)) * lanes * steps[row.axis] : 0);
}

/** All elements along the innermost loop, by whole vectors, then what remains. */
export function emitRow(row: Row): void {
  const { f, cursors, size, axis } = row;
  const { lanes, whole, rest, isLoop } = cutOf(row);
  const repeated = size > lanes ? repeatedInputs(row) : new Map<number, Local>();
  const atStart = { distance: () => 0, lanes, loaded: repeated };
  const hoisted = size > lanes ? emitterAt(row, atStart, false).hoist() : undefined;
  const emit = (first: number, widths: readonly number[], inline: boolean): void => {
    const places = widths.map((width, i) => ({
      distance: ({ steps }: Cursor) => (first + i) * lanes * steps[axis],
      lanes: width,
      loaded: repeated,
      hoisted,
    }));
    emitVectors(row, places, inline);
  };
  const looped = isLoop ? whole - (whole % vectorsTogether) : 0;
  repeat(f, looped / vectorsTogether, () => {
    emit(0, Array<number>(vectorsTogether).fill(lanes), true);
    for (const { local, steps } of cursors) advance(f, local, vectorsTogether * lanes * steps[axis]);
  });
  const widths = [...Array<number>(whole - looped).fill(lanes), ...(rest > 0 ? [rest] : [])];
  for (let first = 0; first < widths.length; first += vectorsTogether)
    emit(first, widths.slice(first, first + vectorsTogether), false);
}

/** Inputs that are the same along the whole row are read once. */
function repeatedInputs({ f, graph, typing, cursors, axis }: Row): ReadonlyMap<number, Local> {
  const { lanes } = kindOf(typing);
  const repeated = new Map<number, Local>();
  typing.inputs.forEach((dtype, i) => {
    const used = graph.parts.some((part) => part.kind === 'input' && part.index === i);
    if (used && cursors[i].steps[axis] === 0)
      repeated.set(i, f.let('v128', loadLanes(f, cursors[i].local, 0, 0, lanes, bytesOf(dtype))));
  });
  return repeated;
}

/** Where a vector of elements begins, and how many it has. */
interface Place {
  /** How far from each cursor, in its own units. */
  readonly distance: (cursor: Cursor) => number;
  readonly lanes: number;
  /** Inputs that have been read already. */
  readonly loaded: ReadonlyMap<number, Local>;
  readonly hoisted?: Hoisted | undefined;
}

/**
 * Vectors along the innermost loop. All are computed before the first is stored, which may be where an input is, and between
 * whose stores V8 would join none. Neighbours are stored one after the other. In float64, where any lane is left to the
 * host, all is computed again by functions that call it.
 */
export function emitVectors(row: Row, places: readonly Place[], inline: boolean): void {
  const { f, typing } = row;
  const left: Local[] = [];
  const mayLeave = inline && kindOf(typing).dtype === 'float64' && !isCalledWithRepeated(row);
  const leave = mayLeave ? (mask: Local): unknown => left.push(mask) : undefined;
  const values = computed(row, places, inline, leave);
  if (left.length === 0) {
    store(row, places, values);
    return;
  }
  const [first, ...others] = left;
  f.block((done) => {
    f.block((again) => {
      const any = others.reduce((masks, mask) => f.op('v128.or', masks, f.get(mask)), f.get(first));
      f.branchIf(again, f.op('v128.any_true', any));
      store(row, places, values);
      f.branchIf(done, f.i32(1));
    });
    store(row, places, computed(row, places, false));
  });
}

/**
 * Whether a function like exp has an argument that is the same for the whole row. V8 13 does not survive it where such a
 * vector is computed with in a joined loop and passed in a branch of it.
 */
function isCalledWithRepeated({ graph, cursors, axis }: Row): boolean {
  const repeated: boolean[] = [];
  return graph.parts.some((part) => {
    const { args } = part;
    if (part.kind === 'input') repeated.push(cursors[part.index].steps[axis] === 0);
    else repeated.push(part.kind !== 'coordinate' && args.every((arg) => repeated[arg]));
    return 'fn' in part && isHeavyFunction(part.fn) && args.some((arg) => repeated[arg]);
  });
}

/** For each vector, the local of each result. */
type Values = readonly (readonly Local[])[];

function computed(row: Row, places: readonly Place[], inline: boolean, leave?: Vectors['leave']): Values {
  return places.map((place) => {
    const { value } = emitterAt(row, place, inline, leave);
    return row.graph.roots.map((root) => row.f.let('v128', flushed(row, root, value(root))));
  });
}

/**
 * Moving averages in updates with several results are 0 where they would be denormal, without bits in the exponent: they shrink
 * from step to step where gradients are 0, and operations on denormals take up to forty times as long.
 */
function flushed(row: Row, root: number, value: Pushed): Pushed {
  if (row.graph.roots.length < 2 || row.typing.output !== 'float32' || !isAverage(row, root)) return value;
  const { f } = row;
  const kept = f.let('v128', value);
  const exponent = f.op('v128.and', f.get(kept), f.i32x4(0x7f800000));
  const mask = f.let('v128', f.op('i32x4.eq', exponent, f.i32x4(0)));
  return f.op('v128.andnot', f.get(kept), f.get(mask));
}

/** Whether a part is `factor * input + ...` with one factor for the whole row. */
function isAverage({ graph: { parts }, cursors, axis }: Row, root: number): boolean {
  const isInput = (place: number, isRepeated: boolean): boolean => {
    const part = parts[place];
    return part.kind === 'input' && (cursors[part.index].steps[axis] === 0) === isRepeated;
  };
  const isFactor = (place: number): boolean => parts[place].kind === 'constant' || isInput(place, true);
  const sum = parts[root];
  return (
    sum.kind === 'binary' &&
    sum.fn === 'add' &&
    sum.args.some((place) => {
      const term = parts[place];
      if (term.kind !== 'binary' || term.fn !== 'mul') return false;
      const [a, b] = term.args;
      return (isFactor(a) && isInput(b, false)) || (isFactor(b) && isInput(a, false));
    })
  );
}

function store({ f, graph, typing, cursors, axis }: Row, places: readonly Place[], values: Values): void {
  const bytes = bytesOf(typing.output);
  graph.roots.forEach((_, i) => {
    const output = cursors[typing.inputs.length + i];
    places.forEach(({ distance, lanes }, p) => {
      storeLanes(f, output.local, distance(output), output.steps[axis], lanes, values[p][i], bytes);
    });
  });
}

function emitterAt(row: Row, place: Place, inline: boolean, leave?: Vectors['leave']): Emitter {
  const { f, context, graph, typing } = row;
  const v = { ...vectors(f, context.features, kindOf(typing)), ...(leave && { leave }) };
  return expressionEmitter(context, v, graph, typing, leavesAt(row, place), inline, place.hoisted);
}

function leavesAt(
  { f, graph, typing, axes, cursors, axis, size }: Row,
  { distance, lanes, loaded }: Place,
): Leaves {
  return {
    isRepeated: (index) => size > kindOf(typing).lanes && cursors[index].steps[axis] === 0,
    input(index) {
      const kept = loaded.get(index);
      if (kept !== undefined) return f.get(kept);
      const cursor = cursors[index];
      const bytes = bytesOf(typing.inputs[index]);
      return loadLanes(f, cursor.local, distance(cursor), cursor.steps[axis], lanes, bytes);
    },
    coordinate(of) {
      const cursor = cursors[typing.inputs.length + graph.roots.length + axes.indexOf(of)];
      return coordinates(f, cursor.local, distance(cursor), cursor.steps[axis]);
    },
  };
}

/** The int32 coordinates of up to four neighbouring elements, the first `offset` beyond the cursor's. */
export function coordinates(f: Body, at: Local, offset: number, step: number): Pushed {
  const first = f.op('i32x4.splat', f.get(at));
  if (step === 0 && offset === 0) return first;
  return f.op('i32x4.add', first, f.i32x4(...[0, 1, 2, 3].map((lane) => offset + lane * step)));
}
