import { input } from '../../../../ir/expression.js';
import type { DType, ReduceSpec, Signature } from '../../../../ir/kernel.js';
import { sizeOf } from '../../../../ir/layout.js';
import { type Emitter, type Source, dense } from '../emitter.js';
import { splitReads } from '../splitReads.js';
import { writeSum } from './sum.js';
import { type Walk, walkOver, writeElement } from '../loops.js';
import { type Leaf, type Writer, numberText } from '../writer.js';

/**
 * About the most elements that one cell of a kernel reduces. Longer reductions have two stages, so that the device
 * computes many cells at a time and errors of rounding stay small.
 */
const longest = 1024;

/** Sums, maxima and the places of maxima over axes; `dtype` is that of what is reduced. */
export function emitReduce(
  emitter: Emitter,
  { reduction, axes, expression = input(0) }: ReduceSpec,
  sources: readonly Source[],
  output: Signature,
  dtype: DType,
): number {
  const { shape } = sources[0];
  if (sizeOf(shape) === 0)
    return emitter.emit([], sizeOf(output.shape), () => numberText(reduction === 'sum' ? 0 : -Infinity));
  const job = splitReads(emitter, expression, sources, { shape, dtype });
  const kept = [...shape.keys()].filter((axis) => !axes.includes(axis));
  const walk = walkOver(shape, [kept, axes], job.sources, job.expression);
  return reduction === 'argmax'
    ? emitArgmax(emitter, walk, job.sources, dtype)
    : emitStages(emitter, reduction, walk, job.sources, dtype);
}

function emitStages(
  emitter: Emitter,
  reduction: 'sum' | 'max',
  walk: Walk,
  sources: readonly Source[],
  dtype: DType,
): number {
  const [kept, reduced] = walk.sizes;
  const stage = firstStage(reduced);
  const cells = [...kept, ...stage.cells];
  const value = emitter.emit(sources, sizeOf(cells), (writer, leaves) => {
    const outer = writer.coordinates(cells);
    const element = (inner: readonly string[]): string =>
      writeElement(writer, walk, leaves, [...outer.slice(0, kept.length), ...inner], dtype);
    return stage.write(writer, reduction, outer.slice(kept.length), element);
  });
  if (stage.cells.length === 0) return value;
  const partial = dense(value, [sizeOf(kept), sizeOf(stage.cells)]);
  const rest = walkOver(partial.shape, [[0], [1]], [partial], input(0));
  return emitStages(emitter, reduction, rest, [partial], dtype);
}

/** What one kernel reduces, and what it leaves for the next. */
interface Stage {
  /** The loops over the partial results; none if everything is reduced. */
  readonly cells: readonly number[];
  /** Writes the reduction of the elements of one cell. */
  write(
    writer: Writer,
    reduction: 'sum' | 'max',
    cell: readonly string[],
    element: (places: readonly string[]) => string,
  ): string;
}

function firstStage(reduced: readonly number[]): Stage {
  const total = sizeOf(reduced);
  if (total <= longest) return wholeLoops(reduced, 0);
  const last = reduced.length - 1;
  const size = reduced[last];
  // Short inner loops are reduced as they are, as many of them as one cell may do.
  if (size <= 64 && last > 0) {
    let first = last;
    while (first > 1 && sizeOf(reduced.slice(first - 1)) <= longest) first--;
    return wholeLoops(reduced, first);
  }
  const chunks = Math.ceil(size / Math.min(longest, Math.ceil(Math.sqrt(total))));
  const length = Math.ceil(size / chunks);
  return {
    cells: [...reduced.slice(0, last), chunks],
    write(writer, reduction, cell, element) {
      const outer = cell.slice(0, last);
      return writeReduction(writer, reduction, [length], ([k], combine) => {
        const place = writer.index(`${cell[last]} * ${length} + ${k}`);
        writer.when(chunks * length === size ? [] : [`${place} < ${size}`], () => {
          combine(element([...outer, place]));
        });
      });
    },
  };
}

/** The loops from number `first` on reduced, those before left. */
const wholeLoops = (reduced: readonly number[], first: number): Stage => ({
  cells: reduced.slice(0, first),
  write: (writer, reduction, cell, element) =>
    writeReduction(writer, reduction, reduced.slice(first), (inner, combine) => {
      combine(element([...cell, ...inner]));
    }),
});

function writeReduction(
  writer: Writer,
  reduction: 'sum' | 'max',
  sizes: readonly number[],
  body: (places: readonly string[], combine: (text: string) => void) => void,
): string {
  if (reduction === 'sum') return writeSum(writer, sizes, body);
  const best = writer.variable(numberText(-Infinity));
  const nest = (places: readonly string[]): void => {
    if (places.length < sizes.length)
      writer.loop(sizes[places.length], (k) => {
        nest([...places, k]);
      });
    else
      body(places, (text) => {
        writer.line(`${best} = Math.max(${best}, ${text});`);
      });
  };
  nest([]);
  return best;
}

/** The first place of the largest element along one axis. */
function emitArgmax(emitter: Emitter, walk: Walk, sources: readonly Source[], dtype: DType): number {
  const [kept, reduced] = walk.sizes;
  const write = (writer: Writer, leaves: readonly Leaf[]): string => {
    const outer = writer.coordinates(kept);
    const best = writer.variable(numberText(-Infinity));
    const place = writer.variable('0');
    writer.loop(sizeOf(reduced), (k) => {
      const element = writer.value(writeElement(writer, walk, leaves, [...outer, k], dtype));
      writer.when([`${element} > ${best}`], () => {
        writer.line(`${best} = ${element};`);
        writer.line(`${place} = ${k};`);
      });
    });
    return place;
  };
  return emitter.emit(sources, sizeOf(kept), write);
}
