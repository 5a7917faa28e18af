/** A lowered function on the backend that runs it. */
import { compileCpu } from '../../backends/cpu/cpu.js';
import { type GpuExecutable, type GpuOptions, compileGpu } from '../../backends/gpu/gpu.js';
import { formatDevice } from '../../backends/gpu/lower/program.js';
import type { Features, SimdWidth } from '../../backends/wasm/assembler/features.js';
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
import { type Choice, compileAuto, compileGpuIfAny } from '../auto/auto.js';
import { isMode, isSimd } from './devices.js';
import { failureOf } from './failure.js';
import { type LoweredFunction, printLowered } from './build.js';
import type { PassReport } from '../passes.js';
import { type BoundPlan, bindPlan } from './boundPlan.js';

export type BackendName = 'cpu' | 'wasm' | 'gpu';

/** An executable, with what a `Compilation` reports of it. */
interface Runner {
  readonly executable: Executable;
  readonly backend: BackendName;
  /** The width of vectors on wasm. */
  readonly simd?: Features['simd'] | undefined;
  readonly gpu?: GpuExecutable | undefined;
  readonly choice?: Choice | undefined;
}

const backends: Readonly<
  Record<BackendName | 'auto', (lowered: LoweredFunction, options: BackendOptions) => Runner>
> = {
  cpu: ({ steps, memory }) => ({ executable: compileCpu(steps, memory), backend: 'cpu' }),
  wasm({ steps, memory }, options) {
    const executable = compileWasm(steps, memory, options.simd);
    return { executable, backend: 'wasm', simd: executable.simd };
  },
  gpu({ steps }, options) {
    const gpu = compileGpu(steps, options);
    return { executable: gpu, backend: 'gpu', gpu };
  },
  auto({ name, steps, memory }, options) {
    const { onChoice } = options;
    const wasm = compileWasm(steps, memory, options.simd);
    if (hasFloat64(steps)) {
      const choice: Choice = { backend: 'wasm', milliseconds: {}, reason: 'gpu computes no float64' };
      onChoice?.(name, choice);
      return { executable: wasm, backend: 'wasm', simd: wasm.simd, choice };
    }
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
      simd: wasm.simd,
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

/** The kinds of the backend options. */
export const backendKinds: Kinds<BackendOptions> = {
  backend: isOneOf(...words(backends)),
  simd: isSimd,
  mode: isMode,
  allowDegraded: isBoolean,
  onChoice: isFunction,
  onPass: isFunction,
};

const isCompile = kind(
  `true or false, a backend (${words(backends).join(', ')}), or {backend, simd, mode, allowDegraded, onChoice, onPass}`,
  (value) => typeof value === 'boolean' || typeof value === 'string' || isPlainObject(value),
);

/** The kind of an option `compile`, which `readCompile` reads. */
export const compileKinds: Kinds<{ readonly compile?: CompileOption }> = { compile: isCompile };

/**
 * The backend options that an option `compile` stands for; undefined where nothing is to be compiled.
 * @throws UsageError for unknown options, and for those of another backend.
 */
export function readCompile(caller: string, option: CompileOption | undefined): BackendOptions | undefined {
  if (option === undefined || option === false) return undefined;
  requireKind(caller, 'compile', option, isCompile);
  return readBackend(caller, option === true ? {} : option);
}

/** The backend of each option that the others would ignore; `auto` may choose any, and the default is wasm. */
const owners = { simd: 'wasm', mode: 'gpu', allowDegraded: 'gpu', onChoice: 'auto' } as const;

/**
 * Reads the options of a backend; its name alone stands for `{backend}`.
 * @param kinds The kinds of these and further options.
 * @throws UsageError for unknown options, and for those of another backend.
 */
export function readBackend<Options extends BackendOptions = BackendOptions>(
  caller: string,
  option: BackendName | 'auto' | Options,
  kinds: Kinds<Options> = backendKinds as Kinds<Options>,
): Options {
  const options = readOptions<Options>(
    caller,
    typeof option === 'string' ? { backend: option } : option,
    kinds,
  );
  // A mode alone stands for the gpu backend.
  const backend = options.backend ?? (options.mode === undefined ? undefined : 'gpu');
  for (const name of words(owners)) {
    const owner = owners[name];
    if (options[name] === undefined || backend === owner || backend === 'auto') continue;
    if (backend === undefined && owner === 'wasm') continue;
    throw new UsageError(
      `${caller}: ${name === 'mode' ? `mode '${String(options.mode)}'` : `the option ${name}`} is one of the ${owner} backend, but the plan is for ` +
        `${backend === undefined ? 'the default one' : `'${backend}'`}; leave it out, or compile for '${owner}'.`,
    );
  }
  return backend === options.backend ? options : { ...options, backend };
}

/**
 * The backend of a plan. `simd` is for `wasm` and `auto`, `mode` and `allowDegraded` are for `gpu` and `auto`, `onChoice` is for
 * `auto`; others refuse them.
 */
export interface BackendOptions extends GpuOptions {
  /**
   * `wasm`, the default; `cpu`, the reference kernels; `gpu` for float32 on a device of gpu.js, in Node; `auto` for the faster
   * of wasm and gpu, measured for each plan at its first call, and wasm for float64.
   */
  readonly backend?: BackendName | 'auto' | undefined;
  /**
   * The width of vectors on wasm: 256 where the V8 of Node 24 or later joins pairs of those of 128 bits (x64), 128, or `auto`,
   * the default, for 256 where that is measured to be faster. Results are the same to the last bit. The environment variable
   * METAGRAD_SIMD changes the default. What joins them is a flag of V8 that holds for the whole process.
   */
  readonly simd?: SimdWidth | undefined;
  /** Receives what `auto` chose for a plan; `plan` is as in `compile(f)`. */
  readonly onChoice?: ((plan: string, choice: Choice) => void) | undefined;
  /** Receives a plan after each pass of the compiler; `plan` is as in `compile(f)`. */
  readonly onPass?: ((plan: string, report: PassReport) => void) | undefined;
}

/** Whether something is compiled, and for what: `true` for the default backend, a backend's name, or its options. */
export type CompileOption = boolean | BackendName | 'auto' | BackendOptions;

export interface CompileOptions extends BackendOptions {
  /**
   * The positions of the donated arguments. Results are written over them, so that what a call returns can be passed to the
   * next without a copy; tensors that were passed this way can no longer be read afterwards.
   */
  readonly donate?: readonly number[];
}

export interface Compilation extends LoweredFunction {
  readonly bound: BoundPlan;
  /** The backend that runs it; with `auto` it is decided at the first call. */
  readonly backend: BackendName;
  /** The device of the gpu backend, and what ran there. */
  readonly gpu: Pick<GpuExecutable, 'device' | 'execution'> | undefined;
  /** What `auto` chose at the first call, and why. */
  readonly choice: Choice | undefined;
  /** The backend, with the width of vectors as in `wasm 256`, the memory, and one line a step. */
  toString(): string;
}

/** Compiles a lowered function for a backend. */
export function compileFor(lowered: LoweredFunction, chosen: BackendOptions): Compilation {
  const { backend = 'wasm', ...options } = chosen;
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

const placeOf = ({ backend, simd = 128, gpu, choice }: Runner): string =>
  (gpu !== undefined ? formatDevice(gpu.device) : backend === 'wasm' ? `wasm ${simd}` : backend) +
  (choice === undefined ? '' : ` (auto: ${choice.reason})`);
