import type { GpuOptions } from '../../backends/gpu/gpu.js';
import { compileGpuAsync } from '../../backends/gpu/gpuAsync.js';
import { formatDevice } from '../../backends/gpu/lower/program.js';
import { toTypedArray } from '../../ir/array.js';
import { requireFunction } from '../../core/arguments.js';
import { UsageError } from '../../core/errors.js';
import { type Kinds, isBoolean, isFunction, readOptions } from '../../core/options.js';
import { Tensor, concrete } from '../../core/tensor.js';
import { callerOf } from './caller.js';
import type { BackendOptions, Compilation } from './backends.js';
import { planCache } from './planCache.js';
import { isMode } from './devices.js';
import { failureOf } from './failure.js';
import { type LoweredFunction, printLowered } from './build.js';
import { build } from '../trace/structure.js';

/** Options of `compileAsync`. */
export interface CompileAsyncOptions extends GpuOptions, Pick<BackendOptions, 'onPass'> {}

const kinds: Kinds<CompileAsyncOptions> = { mode: isMode, allowDegraded: isBoolean, onPass: isFunction };

/** A compiled function that returns promises, and its plans. */
export interface CompiledAsync<Args extends readonly unknown[], Result> {
  (...args: Args): Promise<Result>;
  /** One for each structure of arguments; `gpu` is undefined until the first of its calls is answered. */
  readonly plans: readonly AsyncCompilation[];
}

export type AsyncCompilation = Omit<Compilation, 'bound' | 'choice'>;

/**
 * The same function on a GPU, without waiting for it: `await compileAsync(f)(...args)` is `f(...args)` to rounding. It is
 * `compile(f, { backend: 'gpu' })` for programs whose thread may not sleep, as a browser's may not.
 *
 * Arguments are copied when it is called, so that calls may overlap; they run in the order of the calls, each by itself,
 * and one that fails does not hinder the next. What `compile` throws, and what the device reports, rejects the promise.
 *
 * @param options The default of `mode` is `webgpu`.
 * @throws UsageError, at the call itself, inside of a gradient that depends on the arguments and inside of another
 * compiled function: neither can wait for a promise.
 */
export function compileAsync<Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  options: CompileAsyncOptions = {},
): CompiledAsync<Args, Result> {
  requireFunction('compileAsync', f);
  const caller = callerOf('compileAsync', f);
  const { onPass, ...device } = readOptions('compileAsync', options, kinds);
  const cache = planCache(caller, f, { onPass }, (lowered) => onGpu(lowered, device));
  const compiled = (...args: Args): Promise<Result> => {
    const tensors: Tensor[] = [];
    let plan: Runnable | undefined;
    try {
      plan = cache.find(args, tensors);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    if (plan === undefined)
      throw new UsageError(
        `${caller.name}: called inside of a gradient or of another compiled function, which cannot wait for a promise; call the ` +
          'function itself there, and compile what is outermost.',
      );
    return plan.run(tensors) as Promise<Result>;
  };
  return Object.assign(compiled, { plans: cache.plans });
}

interface Runnable extends AsyncCompilation {
  run(args: readonly Tensor[]): Promise<unknown>;
}

function onGpu(lowered: LoweredFunction, options: GpuOptions): Runnable {
  const { name, steps, result } = lowered;
  const executable = compileGpuAsync(steps, options);
  const { execution } = executable;
  return {
    ...lowered,
    backend: 'gpu',
    get gpu() {
      const device = executable.device();
      return device && { device, execution };
    },
    async run(args) {
      const numbers = await executable
        .run(args.map((tensor) => toTypedArray(concrete(tensor, name))))
        .catch((error: unknown) => {
          throw failureOf(lowered, error);
        });
      return build(result, (output) => {
        const { shape, dtype } = numbers[output];
        return new Tensor(shape, dtype, numbers[output]);
      });
    },
    toString: () => {
      const device = executable.device();
      return printLowered(lowered, device === undefined ? 'gpu' : formatDevice(device));
    },
  };
}
