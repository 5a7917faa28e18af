import { type Operand, type Step, mayOverlap } from '../../ir/plan.js';

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

/** A step that reads or writes a buffer, and where. */
interface Access {
  readonly step: number;
  readonly operand: Operand;
}

/** For each step the steps that must run before it: those that write what it reads, and those that read or write what it overwrites. */
function dependencies(steps: readonly Step[]): readonly (readonly number[])[] {
  const [writes, reads] = [new Map<number, Access[]>(), new Map<number, Access[]>()];
  return steps.map(({ inputs, outputs }, step) => {
    const earlier = new Set<number>();
    const find = (accesses: ReadonlyMap<number, readonly Access[]>, operand: Operand): void => {
      for (const access of accesses.get(operand.buffer) ?? [])
        if (mayOverlap(access.operand, operand)) earlier.add(access.step);
    };
    for (const operand of inputs) find(writes, operand);
    for (const operand of outputs) {
      find(reads, operand);
      find(writes, operand);
    }
    const note = (accesses: Map<number, Access[]>, operand: Operand): void => {
      const entries = accesses.get(operand.buffer);
      if (entries === undefined) accesses.set(operand.buffer, [{ step, operand }]);
      else entries.push({ step, operand });
    };
    for (const operand of inputs) note(reads, operand);
    for (const operand of outputs) note(writes, operand);
    return [...earlier];
  });
}
