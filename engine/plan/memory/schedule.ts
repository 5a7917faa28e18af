import type { Step } from '../../ir/plan.js';

/**
 * The steps in an order in which step number i runs after all of `after.get(i)`, and in which every step still reads
 * what it reads now; as near to the present order as that allows, or undefined if there is none.
 */
export function inOrder(
  steps: readonly Step[],
  after: ReadonlyMap<number, readonly number[]>,
): Step[] | undefined {
  const earlier = dependencies(steps);
  const result: Step[] = [];
  const state = new Array<'open' | 'done' | undefined>(steps.length);
  const visit = (i: number): boolean => {
    if (state[i] === 'done') return true;
    if (state[i] === 'open') return false;
    state[i] = 'open';
    if (!earlier[i].every(visit) || !(after.get(i) ?? []).every(visit)) return false;
    state[i] = 'done';
    result.push(steps[i]);
    return true;
  };
  return steps.every((_, i) => visit(i)) ? result : undefined;
}

/** For each step the steps that must run before it: who writes what it reads, and who reads or writes what it overwrites. */
function dependencies(steps: readonly Step[]): readonly (readonly number[])[] {
  const writers = new Map<number, number>();
  const readers = new Map<number, number[]>();
  return steps.map(({ inputs, outputs }, i) => {
    const earlier = new Set<number>();
    for (const { buffer } of inputs) {
      const writer = writers.get(buffer);
      if (writer !== undefined) earlier.add(writer);
    }
    for (const output of outputs) {
      for (const reader of readers.get(output) ?? []) earlier.add(reader);
      const overwritten = writers.get(output);
      if (overwritten !== undefined) earlier.add(overwritten);
    }
    for (const { buffer } of inputs) {
      const known = readers.get(buffer);
      if (known === undefined) readers.set(buffer, [i]);
      else known.push(i);
    }
    for (const output of outputs) {
      writers.set(output, i);
      readers.set(output, []);
    }
    return [...earlier];
  });
}
