import type { Tensor } from '../../core/tensor.js';
import { requireFunction } from '../../core/arguments.js';
import { type Kinds, kind } from '../../core/options.js';
import { callerOf } from './caller.js';
import {
  type BackendName,
  type Compilation,
  type CompileOptions,
  backendKinds,
  readBackend,
} from './backends.js';
import { compiledPlans } from './planCache.js';
import { build } from '../trace/structure.js';

const kinds: Kinds<CompileOptions> = {
  ...backendKinds,
  donate: kind(
    'a list of numbers of arguments, as in [0]',
    (value) => Array.isArray(value) && value.every((argument) => Number.isInteger(argument) && argument >= 0),
  ),
};

/** A compiled function, and what it was compiled to: one plan for each structure of arguments that it was called with. */
export interface Compiled<Args extends readonly unknown[], Result> {
  (...args: Args): Result;
  readonly plans: readonly Compilation[];
}

/**
 * The same function, run as a plan: traced once, simplified, fused and given its memory, then run with no JavaScript in
 * between. `compile(f)(...args)` is `f(...args)` to rounding.
 *
 * Arguments and results are plain data with tensors in it. What is not a tensor (numbers, strings, functions) is part of
 * what is compiled, and so are shapes: for others the function is compiled anew. f may take gradients. Inside of a
 * gradient that depends on its arguments, and inside of another compiled function, the compiled function is f.
 *
 * @throws UsageError if f uses a tensor that it did not get; if a number that it uses has changed (f is traced again at
 * calls 2, 4, 8, ...; the plans that are found stale are dropped, and the next call traces f anew); if it returns a
 * promise; if it is called with more than 64 structures of arguments.
 */
export function compile<Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  options: BackendName | 'auto' | CompileOptions = {},
): Compiled<Args, Result> {
  requireFunction('compile', f);
  const cache = compiledPlans(callerOf('compile', f), f, readBackend('compile', options, kinds));
  const compiled = (...args: Args): Result => {
    const tensors: Tensor[] = [];
    const plan = cache.find(args, tensors);
    if (plan === undefined) return f(...args);
    plan.bound.load(tensors);
    plan.bound.execute();
    return build(plan.result, plan.bound.tensor) as Result;
  };
  return Object.assign(compiled, { plans: cache.plans });
}
