import { sameShape } from '../../ir/layout.js';
import type { Path } from '../../core/tree.js';
import type { Alias } from './donate.js';
import type { Leaf } from '../trace/structure.js';

/**
 * Which result is written over which donated argument: one of the same shape and dtype, whose path ends like the
 * argument's as far as possible, as in `0.params.w` and `params.w`.
 */
export function aliasesOf(
  args: readonly Leaf[],
  results: readonly Leaf[],
  donate: readonly number[],
): Alias[] {
  const candidates = args.flatMap((arg, input) => {
    if (!donate.includes(Number(arg.path.split('.', 1)[0]))) return [];
    return results.flatMap((result, output) => {
      const fits =
        arg.tensor.dtype === result.tensor.dtype && sameShape(arg.tensor.shape, result.tensor.shape);
      return fits ? [{ input, output, likeness: commonEnd(arg.path, result.path) }] : [];
    });
  });
  const aliases: Alias[] = [];
  for (const { input, output } of candidates.sort((a, b) => b.likeness - a.likeness)) {
    if (!aliases.some((alias) => alias.input === input || alias.output === output))
      aliases.push({ input, output });
  }
  return aliases;
}

/** The number of equal names at the end of two paths. */
function commonEnd(a: Path, b: Path): number {
  const [left, right] = [a.split('.').reverse(), b.split('.').reverse()];
  const end = left.findIndex((name, i) => name !== right[i]);
  return end < 0 ? left.length : end;
}
