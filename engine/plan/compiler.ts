import { isObserved } from '../core/dispatch.js';
import { UsageError } from '../core/errors.js';
import { type Tensor, liveScopes } from '../core/tensor.js';
import { type Compilation, type CompileOptions, compileFor } from './compilation.js';
import { type AnyFunction, type LoweredFunction, lowerFunction, nameOf } from './lowerFunction.js';
import {
  type Leaf,
  type Structure,
  difference,
  matches,
  matchesBehindFirst,
  structureOf,
} from './structure.js';

/** The plans of one function, each as its backend has made it. */
export interface Compiler<Made> {
  readonly plans: readonly Made[];
  /**
   * The plan for arguments, made if there is none yet, with the arguments' tensors in the order of its inputs; undefined
   * where the function itself must run: while operations are observed, and for tensors that a gradient is taken through.
   * If `latest` is given, that plan is tried first, and only with the arguments from number 1 on: argument 0 is known to
   * fit it, and its tensors are left out.
   */
  find(args: readonly unknown[], tensors: Tensor[], latest?: Made): Made | undefined;
}

/** More plans than this are more likely a mistake than a program. */
const mostPlans = 64;

let everyCall = false;

/** Whether functions are traced again and compared at every call instead of at calls 2, 4, 8, ...; for tests. */
export function retraceEveryCall(on: boolean): void {
  everyCall = on;
}

/** With the backend that the options ask for. */
export const makeCompiler = (
  f: AnyFunction,
  { donate = [], ...options }: CompileOptions,
): Compiler<Compilation> => compilerWith(f, donate, (lowered) => compileFor(lowered, options));

/** @param finish Gives a plan to its backend. */
export function compilerWith<Made extends LoweredFunction>(
  f: AnyFunction,
  donate: readonly number[],
  finish: (lowered: LoweredFunction) => Made,
): Compiler<Made> {
  const plans: Made[] = [];
  const calls = new Map<Made, number>();
  let last: Made | undefined;

  const lookUp = (args: readonly unknown[], tensors: Tensor[], latest?: Made) => {
    if (latest !== undefined && matchesBehindFirst(latest.structure, args, tensors)) return latest;
    if (last !== undefined && matches(last.structure, args, tensors)) return last;
    return plans.find(({ structure }) => matches(structure, args, tensors));
  };
  const add = (structure: Structure, leaves: readonly Leaf[]): Made => {
    const previous = plans.at(-1);
    if (previous !== undefined && plans.length === mostPlans)
      throw new UsageError(
        `${nameOf(f)}: called with a ${mostPlans + 1}th structure of arguments (since the last, argument ` +
          `${difference(previous.structure, structure) ?? ''}), and each is compiled anew. Pass numbers that change as ` +
          'tensors, pad to few shapes, and do not make new functions for every call.',
      );
    const plan = finish(lowerFunction(f, structure, leaves, donate));
    plans.push(plan);
    return plan;
  };

  const find = (args: readonly unknown[], tensors: Tensor[], latest?: Made): Made | undefined => {
    if (isObserved()) return undefined;
    let plan = lookUp(args, tensors, latest);
    const leaves: Leaf[] = [];
    const structure = plan?.structure ?? structureOf(args, leaves);
    leaves.forEach(({ tensor }, i) => (tensors[i] = tensor));
    if (tensors.some((tensor) => liveScopes(tensor) !== 0)) return undefined;
    plan ??= add(structure, leaves);
    last = plan;
    const call = (calls.get(plan) ?? 0) + 1;
    calls.set(plan, call);
    if (call > 1 && (everyCall || (call & (call - 1)) === 0)) plan.recheck(call);
    return plan;
  };
  return { plans, find };
}
