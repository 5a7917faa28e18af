import { isObserved } from '../../core/dispatch.js';
import { UsageError } from '../../core/errors.js';
import { type Tensor, liveScopes } from '../../core/tensor.js';
import type { Path } from '../../core/tree.js';
import { type Compilation, type CompileOptions, compileFor } from './backends.js';
import { type AnyFunction, type Caller, argumentAt } from './caller.js';
import { type BuildOptions, type LoweredFunction, buildPlan } from './build.js';
import { requirePlain } from '../trace/plain.js';
import {
  type Leaf,
  type Structure,
  difference,
  matches,
  matchesBehindFirst,
  structureOf,
} from '../trace/structure.js';

/**
 * The plans of one function, as its backend compiled them. When the function turns out not to be what was compiled, all of
 * them are dropped: the call that detects it throws, and later calls are traced anew.
 */
export interface PlanCache<Entry> {
  readonly plans: readonly Entry[];
  /**
   * The plan for arguments, compiled if there is none yet; the arguments' tensors are stored in `tensors` by leaf number; undefined
   * where the function itself must run: while operations are observed, and for tensors that a gradient is taken through.
   * If `latest` is given, that plan is tried first unless it was dropped, and only with the arguments from number 1 on:
   * argument 0 fits it already, and its tensors are left out.
   */
  find(args: readonly unknown[], tensors: Tensor[], latest?: Entry): Entry | undefined;
}

/** More plans than this are more likely a mistake than a program. */
const mostPlans = 64;

/** How often a function was found changed; plans of other functions may have frozen the same value. */
let changesFound = 0;

let everyCall = false;

/** Whether functions are traced again and compared at every call instead of at calls 2, 4, 8, ...; for tests. */
export function retraceEveryCall(on: boolean): void {
  everyCall = on;
}

/** How often a plan was called, and the value of `changesFound` when it was last compared with its function. */
interface Use {
  calls: number;
  checkedAfter: number;
}

/** The plans of a function on the backend of the options. */
export const compiledPlans = (
  caller: Caller,
  f: AnyFunction,
  options: CompileOptions,
): PlanCache<Compilation> => planCache(caller, f, options, (lowered) => compileFor(lowered, options));

/** The plans of a function. @param finish Compiles a plan for its backend. */
export function planCache<Entry extends LoweredFunction>(
  caller: Caller,
  f: AnyFunction,
  options: BuildOptions,
  finish: (lowered: LoweredFunction) => Entry,
): PlanCache<Entry> {
  const at = (path: Path): string => argumentAt(caller, path);
  const plans: Entry[] = [];
  const uses = new Map<Entry, Use>();
  let last: Entry | undefined;

  const lookUp = (args: readonly unknown[], tensors: Tensor[], latest?: Entry) => {
    if (latest !== undefined && uses.has(latest) && matchesBehindFirst(latest.structure, args, tensors))
      return latest;
    if (last !== undefined && matches(last.structure, args, tensors)) return last;
    return plans.find(({ structure }) => matches(structure, args, tensors));
  };
  const add = (args: readonly unknown[], structure: Structure, leaves: readonly Leaf[]): Entry => {
    requirePlain(caller.name, structure, at, true);
    requireDonated(caller.name, options.donate ?? [], Math.max(args.length, f.length));
    const previous = plans.at(-1);
    if (previous !== undefined && plans.length === mostPlans)
      throw new UsageError(
        `${caller.name}: called with a ${mostPlans + 1}th structure of arguments (since the last, ` +
          `${difference(previous.structure, structure, at) ?? ''}), and each is compiled anew. Pass numbers that change as ` +
          'tensors, pad to few shapes, and do not make new functions for every call.',
      );
    const plan = finish(buildPlan(caller, f, structure, leaves, options));
    plans.push(plan);
    uses.set(plan, { calls: 0, checkedAfter: changesFound });
    return plan;
  };
  const recheck = (plan: Entry, call: number): void => {
    try {
      plan.recheck(call);
    } catch (error) {
      changesFound += 1;
      plans.length = 0;
      uses.clear();
      last = undefined;
      throw error;
    }
  };

  const find = (args: readonly unknown[], tensors: Tensor[], latest?: Entry): Entry | undefined => {
    if (isObserved()) return undefined;
    let plan = lookUp(args, tensors, latest);
    const leaves: Leaf[] = [];
    const structure = plan?.structure ?? structureOf(caller.name, args, leaves);
    leaves.forEach(({ tensor }, i) => (tensors[i] = tensor));
    if (tensors.some((tensor) => liveScopes(tensor) !== 0)) return undefined;
    plan ??= add(args, structure, leaves);
    last = plan;
    const use = uses.get(plan)!;
    const call = ++use.calls;
    const isDue = everyCall || (call & (call - 1)) === 0 || use.checkedAfter !== changesFound;
    if (call > 1 && isDue) recheck(plan, call);
    use.checkedAfter = changesFound;
    return plan;
  };
  return { plans, find };
}

/** @throws UsageError for positions of donated arguments after the last one. */
function requireDonated(name: string, donate: readonly number[], count: number): void {
  const beyond = donate.find((argument) => argument >= count);
  if (beyond !== undefined)
    throw new UsageError(
      `${name}: donate names argument ${beyond}, and there ${count === 1 ? 'is one' : `are ${count}`}, counted from 0.`,
    );
}
