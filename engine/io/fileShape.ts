import { formatShape, maxRank } from '../core/shape.js';

/** The problem of a shape in a file, in words; undefined where there is none. */
export function shapeProblem(shape: readonly number[]): string | undefined {
  if (shape.length > maxRank) return `a shape of ${shape.length} axes; at most ${maxRank} are read`;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    return `shape ${formatShape(shape)} does not consist of integers from 0 to 2^53 - 1`;
  return undefined;
}
