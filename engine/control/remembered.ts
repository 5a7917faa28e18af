/** What was found for an object and a key, as long as the object lives: the keys are what else it was found for. */
export function remembered<Found>(): (of: object, key: string, find: () => Found) => Found {
  const all = new WeakMap<object, Map<string, Found>>();
  return (of, key, find) => {
    const known = all.get(of) ?? new Map<string, Found>();
    all.set(of, known);
    const found = known.get(key) ?? find();
    known.set(key, found);
    return found;
  };
}

/** A key of lists of marks. */
export const marksKey = (...lists: readonly (readonly boolean[])[]): string =>
  lists.map((marks) => marks.map(Number).join('')).join('|');
