/** A lowered function on the backend that runs it. */
import { compileCpu } from '../../backends/cpu/cpu.js';
import { type GpuExecutable, type GpuOptions, compileGpu } from '../../backends/gpu/gpu.js';
import { compileWasm } from '../../backends/wasm/wasm.js';
import { UsageError } from '../../core/errors.js';
import {
  type Kinds,
  isBoolean,
  isFunction,
  isOneOf,
  isPlainObject,
  kind,
  readOptions,
  requireKind,
} from '../../core/options.js';
import type { Executable } from '../../backends/executable.js';
import { type Choice, compileAuto, compileGpuIfAny } from './auto.js';
import { isMode } from './devices.js';
import { failureOf } from './failure.js';
import { type LoweredFunction, onDevice, printLowered } from './build.js';
import type { PassReport } from '../passes.js';
import { type BoundPlan, bindPlan } from './boundPlan.js';

export type BackendName = 'cpu' | 'wasm' | 'gpu';

/** What runs a plan, and what it tells about itself. */
interface Runner {
  readonly executable: Executable;
  readonly backend: BackendName;
  readonly gpu?: GpuExecutable | undefined;
  readonly choice?: Choice | undefined;
}

const backends: Readonly<
  Record<BackendName | 'auto', (lowered: LoweredFunction, options: BackendOptions) => Runner>
> = {
  cpu: ({ steps, memory }) => ({ executable: compileCpu(steps, memory), backend: 'cpu' }),
  wasm: ({ steps, memory }) => ({ executable: compileWasm(steps, memory), backend: 'wasm' }),
  gpu({ steps }, options) {
    const gpu = compileGpu(steps, options);
    return { executable: gpu, backend: 'gpu', gpu };
  },
  auto({ name, steps, memory }, options) {
    const { onChoice } = options;
    if (hasFloat64(steps)) {
      const choice: Choice = { backend: 'cpu', milliseconds: {}, reason: 'only cpu computes float64' };
      onChoice?.(name, choice);
      return { executable: compileCpu(steps, memory), backend: 'cpu', choice };
    }
    const wasm = compileWasm(steps, memory);
    const executable = compileAuto(
      steps,
      wasm,
      () => compileGpuIfAny(steps, options),
      (choice) => onChoice?.(name, choice),
    );
    return {
      executable,
      get backend() {
        return executable.choice()?.backend ?? 'wasm';
      },
      get gpu() {
        return executable.gpu();
      },
      get choice() {
        return executable.choice();
      },
    };
  },
};

const hasFloat64 = ({ buffers }: LoweredFunction['steps']): boolean =>
  buffers.some(({ dtype }) => dtype === 'float64');

const words = <Word extends string>(record: Readonly<Record<Word, unknown>>): readonly Word[] =>
  Object.keys(record) as Word[];

/** For whatever takes these options. */
export const backendKinds: Kinds<BackendOptions> = {
  backend: isOneOf(...words(backends)),
  mode: isMode,
  allowDegraded: isBoolean,
  onChoice: isFunction,
  onPass: isFunction,
};

const isCompile = kind(
  `true or false, a backend (${words(backends).join(', ')}), or {backend, mode, allowDegraded, onChoice}`,
  (value) => typeof value === 'boolean' || typeof value === 'string' || isPlainObject(value),
);

/** For an option `compile`, which `readCompile` reads. */
export const compileKinds: Kinds<{ readonly compile?: CompileOption }> = { compile: isCompile };

/**
 * The backend options that an option `compile` stands for; undefined where nothing is to be compiled.
 * @throws UsageError for options that there are not, and for a mode of the gpu with another backend.
 */
export function readCompile(caller: string, given: CompileOption | undefined): BackendOptions | undefined {
  if (given === undefined || given === false) return undefined;
  requireKind(caller, 'compile', given, isCompile);
  return readBackend(caller, given === true ? {} : given);
}

/**
 * The options of a backend, of which its name alone stands for all.
 * @param kinds For what is taken besides them.
 * @throws UsageError for options that there are not, and for a mode of the gpu with another backend.
 */
export function readBackend<Options extends BackendOptions = BackendOptions>(
  caller: string,
  given: BackendName | 'auto' | Options,
  kinds: Kinds<Options> = backendKinds as Kinds<Options>,
): Options {
  const options = readOptions<Options>(caller, typeof given === 'string' ? { backend: given } : given, kinds);
  const { backend, mode } = options;
  if (mode !== undefined && backend !== undefined && backend !== 'gpu' && backend !== 'auto')
    throw new UsageError(
      `${caller}: mode '${mode}' is one of the gpu backend, but the plan is for '${backend}'; leave one of the two out.`,
    );
  // A mode alone stands for the gpu backend.
  return mode !== undefined && backend === undefined ? { ...options, backend: 'gpu' } : options;
}

/** The backend of a plan. `mode` and `allowDegraded` are for the gpu backend. */
export interface BackendOptions extends GpuOptions {
  /**
   * `wasm` for float32, `cpu` (the reference kernels) for every dtype, `gpu` for float32 on a device of gpu.js, in Node;
   * `auto` for the faster of wasm and gpu, measured for each plan at its first call, and cpu for float64. Unless given,
   * `wasm` where no float64 occurs and `cpu` where it does.
   */
  readonly backend?: BackendName | 'auto' | undefined;
  /** Told what `auto` chose for a plan, as in `compile(f)`. */
  readonly onChoice?: ((plan: string, choice: Choice) => void) | undefined;
  /** Receives what each pass of the compiler left of a plan; `plan` is as in `compile(f)`. */
  readonly onPass?: ((plan: string, report: PassReport) => void) | undefined;
}

/** Whether something is compiled, and for what: `true` for the default backend, a backend's name, or its options. */
export type CompileOption = boolean | BackendName | 'auto' | BackendOptions;

export interface CompileOptions extends BackendOptions {
  /**
   * The numbers of the arguments that are given away. Results are written over them, so that what a call returns can
   * be passed to the next without a copy; tensors that were passed this way can then no longer be read.
   */
  readonly donate?: readonly number[];
}

export interface Compilation extends LoweredFunction {
  readonly bound: BoundPlan;
  /** What runs it; with `auto`, after the first call. */
  readonly backend: BackendName;
  /** The device of the gpu backend, and what ran there. */
  readonly gpu: Pick<GpuExecutable, 'device' | 'execution'> | undefined;
  /** What `auto` chose at the first call, and why. */
  readonly choice: Choice | undefined;
  /** The backend, the memory, and one line a step. */
  toString(): string;
}

/** Gives a lowered function to the backend that was asked for. */
export function compileFor(lowered: LoweredFunction, asked: BackendOptions): Compilation {
  const { backend = hasFloat64(lowered.steps) ? 'cpu' : 'wasm', ...options } = asked;
  const runner = runnerOf(backend, lowered, options);
  return {
    ...lowered,
    bound: bindPlan(lowered, runner.executable),
    get backend() {
      return runner.backend;
    },
    get gpu() {
      return runner.gpu;
    },
    get choice() {
      return runner.choice;
    },
    toString: () => printLowered(lowered, placeOf(runner)),
  };
}

function runnerOf(backend: keyof typeof backends, lowered: LoweredFunction, options: BackendOptions): Runner {
  try {
    return backends[backend](lowered, options);
  } catch (error) {
    throw failureOf(lowered, error);
  }
}

const placeOf = ({ backend, gpu, choice }: Runner): string =>
  (gpu === undefined ? backend : onDevice(gpu.device)) +
  (choice === undefined ? '' : ` (auto: ${choice.reason})`);
