import { isObserved } from '../core/dispatch.js';
import { UsageError } from '../core/errors.js';
import { type Tensor, liveScopes } from '../core/tensor.js';
import {
  type AnyFunction,
  type Compilation,
  type CompileOptions,
  compileFor,
  nameOf,
} from './compilation.js';
import { type Leaf, type Structure, difference, matches, structureOf } from './structure.js';

/** The plans of one function. */
export interface Compiler {
  readonly plans: readonly Compilation[];
  /**
   * The plan for arguments, made if there is none yet, with the arguments' tensors in the order of its inputs; undefined
   * where the function itself must run: while operations are observed, and for tensors that a gradient is taken through.
   */
  find(args: readonly unknown[], tensors: Tensor[]): Compilation | undefined;
}

/** More plans than this are more likely a mistake than a program. */
const mostPlans = 64;

let everyCall = false;

/** Whether functions are traced again and compared at every call instead of at calls 2, 4, 8, ...; for tests. */
export function retraceEveryCall(on: boolean): void {
  everyCall = on;
}

export function makeCompiler(f: AnyFunction, options: CompileOptions): Compiler {
  const plans: Compilation[] = [];
  const calls: number[] = [];
  let latest = 0;

  const numberOf = (args: readonly unknown[], tensors: Tensor[]): number => {
    if (latest < plans.length && matches(plans[latest].structure, args, tensors)) return latest;
    return plans.findIndex(({ structure }) => matches(structure, args, tensors));
  };
  const add = (structure: Structure, leaves: readonly Leaf[]): number => {
    if (plans.length === mostPlans)
      throw new UsageError(
        `${nameOf(f)}: called with a ${mostPlans + 1}th structure of arguments (since the last, argument ` +
          `${difference(plans[mostPlans - 1].structure, structure) ?? ''}), and each is compiled anew. Pass numbers that change as ` +
          'tensors, pad to few shapes, and do not make new functions for every call.',
      );
    calls.push(0);
    return plans.push(compileFor(f, structure, leaves, options)) - 1;
  };

  const find = (args: readonly unknown[], tensors: Tensor[]): Compilation | undefined => {
    if (isObserved()) return undefined;
    let number = numberOf(args, tensors);
    const leaves: Leaf[] = [];
    const structure = number < 0 ? structureOf(args, leaves) : plans[number].structure;
    leaves.forEach(({ tensor }, i) => (tensors[i] = tensor));
    for (const tensor of tensors) if (liveScopes(tensor) !== 0) return undefined;
    if (number < 0) number = add(structure, leaves);
    latest = number;
    const call = ++calls[number];
    if (call > 1 && (everyCall || (call & (call - 1)) === 0)) plans[number].recheck(call);
    return plans[number];
  };
  return { plans, find };
}
