/** "Did you mean": the existing name that a misspelt one is closest to. */

/** Names that other libraries, and earlier versions, use for the same thing. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  dim: ['axis', 'axes', 'dims', 'axe'],
  keepdim: ['keepdims'],
  lr: ['learningrate', 'alpha', 'stepsize'],
  eps: ['epsilon'],
  end: ['stop'],
  sizes: ['hiddensizes', 'layers', 'units'],
  trials: ['ntrials', 'maxtrials'],
  reproductions: ['replicas', 'aswritten'],
};

const normalized = (name: string): string => name.toLowerCase().replaceAll(/[_\-\s]/g, '');

/**
 * The one of `names` nearest to `name`: equal but for case, `_` and `-`, another library's word for it, or at most a third
 * of its letters away (Damerau-Levenshtein distance). Undefined where none is near.
 */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const wanted = normalized(name);
  const synonym = names.find((each) => Object.hasOwn(synonyms, each) && synonyms[each].includes(wanted));
  let best: { readonly name: string | undefined; readonly distance: number } = {
    name: synonym,
    distance: synonym === undefined ? 1 + Math.floor(wanted.length / 3) : 1,
  };
  for (const candidate of names) {
    const distance = editDistance(wanted, normalized(candidate));
    if (distance < best.distance) best = { name: candidate, distance };
  }
  return best.name;
}

/** ` Did you mean 'stride'?`, or nothing where no name is near. */
export function suggestion(name: string, names: readonly string[]): string {
  const guess = nearest(name, names);
  return guess === undefined ? '' : ` Did you mean '${guess}'?`;
}

/** Letters inserted, dropped, replaced or swapped with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length];
}
