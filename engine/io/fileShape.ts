import { formatShape } from '../core/shape.js';

/** As many axes as NumPy's arrays may have. */
const mostAxes = 64;

/** What is wrong with a shape that a file gives, in words; undefined if it may be one. */
export function shapeProblem(shape: readonly number[]): string | undefined {
  if (shape.length > mostAxes) return `a shape of ${shape.length} axes; at most ${mostAxes} are read`;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    return `shape ${formatShape(shape)} is not made of whole numbers below 2^53`;
  return undefined;
}
