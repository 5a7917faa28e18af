/** Division of many arms into groups that share a picture. */
import type { StudyConfig } from '../../../studies/config.js';

/** The limit of lines in a picture; more would hide each other. */
export const mostLines = 8;

/** Arms that share a picture. */
export interface ArmGroup {
  readonly arms: readonly string[];
  /** Endings of the picture's title and of the names of its files. */
  readonly title: string;
  readonly file: string;
  /** Words that a page shows until the reader opens the picture. */
  readonly folded?: string;
}

/**
 * Arms in groups of at most eight: those that claims are about, and then the others, each group with the arm that the first claim
 * compares with, as a common mark. Up to eight in all share one picture, unless those of claims are to stand `apart`.
 */
export function armGroups(
  { claims }: StudyConfig,
  arms: readonly string[],
  { apart = false }: { readonly apart?: boolean } = {},
): readonly ArmGroup[] {
  if (arms.length === 0) return [];
  if (!apart && arms.length <= mostLines) return [{ arms, title: '', file: '' }];
  const claimed = new Set(claims.flatMap(({ arm, against }) => [arm, ...against]));
  const main = arms.filter((arm) => claimed.has(arm));
  const others = arms.filter((arm) => !claimed.has(arm));
  const mark = claims.at(0)?.against.find((arm) => main.includes(arm));
  const all = [
    ...chunks(main, mostLines),
    ...chunks(others, mark === undefined ? mostLines : mostLines - 1).map((group) =>
      mark === undefined ? group : [mark, ...group],
    ),
  ];
  return all.map((group, i) => {
    if (i === 0) return { arms: group, title: '', file: '' };
    const named = group.filter((arm) => arm !== mark);
    return {
      arms: group,
      title: `, other arms${all.length > 2 ? ` (${i} of ${all.length - 1})` : ''}`,
      file: i === 1 ? '-all' : `-all-${i}`,
      folded: `${named.length} more arms: ${named.join('; ')}`,
    };
  });
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  // Of about equal size: eight and one would be odd.
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) =>
    items.slice(Math.round((i * items.length) / count), Math.round(((i + 1) * items.length) / count)),
  );
}
