import type { Writer } from '../writer.js';

/** Longer loops are cut into blocks with a sum of their own, so that the rounding error grows with their square root. */
const blockLength = 256;

/**
 * Writes nested loops that add up numbers, each loop into a sum of its own. `body` is given the loops' variables and a
 * function that adds a number.
 */
export function writeSum(
  writer: Writer,
  sizes: readonly number[],
  body: (places: readonly string[], add: (text: string) => void) => void,
): string {
  const into = (sum: string) => (text: string) => {
    writer.line(`${sum} = ${sum} + ${text};`);
  };
  const sumFrom = (level: number, outer: readonly string[]): string => {
    const sum = writer.variable('0');
    const inside = (place: string, add: (text: string) => void): void => {
      const places = [...outer, place];
      if (places.length >= sizes.length) body(places.slice(0, sizes.length), add);
      else add(sumFrom(level + 1, places));
    };
    const size = sizes.length === 0 ? 1 : sizes[level];
    if (size === 1) inside('0', into(sum));
    else if (size <= blockLength)
      writer.loop(size, (k) => {
        inside(k, into(sum));
      });
    else inBlocks(size, sum, inside);
    return sum;
  };
  const inBlocks = (
    size: number,
    sum: string,
    inside: (place: string, add: (text: string) => void) => void,
  ): void => {
    const blocks = Math.ceil(size / blockLength);
    const length = Math.ceil(size / blocks);
    writer.loop(blocks, (block) => {
      const part = writer.variable('0');
      writer.loop(length, (k) => {
        const place = writer.index(`${block} * ${length} + ${k}`);
        writer.when(blocks * length === size ? [] : [`${place} < ${size}`], () => {
          inside(place, into(part));
        });
      });
      into(sum)(part);
    });
  };
  return sumFrom(0, []);
}
