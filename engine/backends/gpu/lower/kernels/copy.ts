import type { CopySpec, Signature } from '../../../../ir/kernel.js';
import { contiguousStrides, sizeOf } from '../../../../ir/layout.js';
import { type Emitter, type Source, dense } from '../emitter.js';
import { termsOf } from '../loops.js';
import { numberText } from '../writer.js';

/** Fills the output and writes each source into its box: an element is that of the last box that holds it. */
export function emitCopy(
  emitter: Emitter,
  { fill, boxes }: CopySpec,
  sources: readonly Source[],
  output: Signature,
): number {
  const { shape } = output;
  let done = 0;
  let before: Source | undefined;
  do {
    // As many boxes as one kernel may read, over what the kernels before have written.
    const first = done;
    const reading = before === undefined ? [] : [before];
    while (
      done < sources.length &&
      (done === first || emitter.arraysOf([...reading, ...sources.slice(first, done + 1)]) <= emitter.arrays)
    )
      done++;
    before = dense(emitPart([...reading, ...sources.slice(first, done)], first), shape);
  } while (done < sources.length);
  return before.value;

  function emitPart(parts: readonly Source[], first: number): number {
    return emitter.emit(parts, sizeOf(shape), (writer, leaves) => {
      const coordinates = writer.coordinates(shape);
      const skip = first === 0 ? 0 : 1;
      const background =
        skip === 0
          ? numberText(fill)
          : writer.read(leaves[0], 0, termsOf(coordinates, contiguousStrides(shape)));
      const value = writer.variable(background);
      parts.slice(skip).forEach((source, i) => {
        if (sizeOf(source.shape) === 0) return;
        const { start, step } = boxes[first + i];
        const conditions: string[] = [];
        const places = shape.map((size, axis) => {
          const [inside, from, by] = [source.shape[axis], start[axis], step[axis]];
          const coordinate = coordinates[axis];
          if (size === 1 || (from === 0 && by === 1 && inside === size)) return coordinate;
          if (inside === 1) {
            conditions.push(`${coordinate} === ${from}`);
            return '0';
          }
          const distance = from === 0 ? coordinate : writer.index(`${coordinate} - ${from}`);
          const [place, rest] = writer.divide(distance, by, size);
          if (by > 1) conditions.push(`${rest} === 0`);
          if (from > 0) conditions.push(`${place} >= 0`);
          if (Math.floor((size - 1 - from) / by) >= inside) conditions.push(`${place} < ${inside}`);
          return place;
        });
        writer.when(conditions, () => {
          const element = writer.read(leaves[skip + i], source.offset, termsOf(places, source.strides));
          writer.line(`${value} = ${element};`);
        });
      });
      return value;
    });
  }
}
