import type { SortSpec } from '../../../../ir/kernel.js';
import { sizeOf } from '../../../../ir/layout.js';
import { type Emitter, type Source, dense } from '../emitter.js';
import { termsOf } from '../loops.js';

/**
 * Positions in ascending or descending order along one axis, by counting, so that every element is computed by itself. The rank of
 * an element is the number of those before it in the order; then each place in the order looks for the element with its rank.
 */
export function emitSort(emitter: Emitter, { axis, descending }: SortSpec, x: Source): number {
  const { shape } = x;
  const size = sizeOf(shape);
  const n = shape[axis];
  const at = (places: readonly string[], k: string): string[] =>
    places.map((place, i) => (i === axis ? k : place));
  const ranks = emitter.emit([x], size, (writer, [leaf]) => {
    const places = writer.coordinates(shape);
    const own = writer.value(writer.read(leaf, x.offset, termsOf(places, x.strides)));
    const rank = writer.variable('0');
    writer.loop(n, (k) => {
      const other = writer.value(writer.read(leaf, x.offset, termsOf(at(places, k), x.strides)));
      const increment = (): void => {
        writer.line(`${rank} = ${rank} + 1;`);
      };
      writer.when([`${other} ${descending ? '>' : '<'} ${own}`], increment);
      writer.when([`${other} === ${own}`, `${k} < ${places[axis]}`], increment);
    });
    return rank;
  });
  const ranked = dense(ranks, shape);
  return emitter.emit([ranked], size, (writer, [leaf]) => {
    const places = writer.coordinates(shape);
    const found = writer.variable('0');
    writer.loop(n, (k) => {
      const rank = writer.value(writer.read(leaf, ranked.offset, termsOf(at(places, k), ranked.strides)));
      writer.when([`${rank} === ${places[axis]}`], () => {
        writer.line(`${found} = ${k};`);
      });
    });
    return found;
  });
}
