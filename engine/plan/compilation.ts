/** One function compiled for one structure of arguments. */
import { compileCpu } from '../backends/cpu/plan.js';
import { type GpuExecutable, type GpuOptions, compileGpu } from '../backends/gpu/gpu.js';
import { compileWasm } from '../backends/wasm/wasm.js';
import { UsageError } from '../core/errors.js';
import type { Executable, LoweredPlan, MemoryPlan } from '../ir/plan.js';
import { inPlace } from './donate.js';
import { lower } from './lower.js';
import { type MemoryUse, planMemory } from './memory.js';
import { pairsOf } from './pairs.js';
import { callerPlace } from './place.js';
import type { Plan } from './plan.js';
import { printSteps } from './printSteps.js';
import { type Program, makeProgram } from './program.js';
import { firstDifference } from './retrace.js';
import { simplify } from './simplify.js';
import { type Leaf, type Structure, build, difference, structureOf } from './structure.js';
import { type TraceWatch, traceLeaves } from './trace.js';

export type BackendName = 'cpu' | 'wasm' | 'gpu';

/** What runs a plan, and what it tells about a device. */
interface Chosen {
  readonly executable: Executable;
  readonly gpu?: GpuExecutable;
}

const backends: Readonly<
  Record<BackendName, (plan: LoweredPlan, memory: MemoryPlan, options: GpuOptions) => Chosen>
> = {
  cpu: (plan, memory) => ({ executable: compileCpu(plan, memory) }),
  wasm: (plan, memory) => ({ executable: compileWasm(plan, memory) }),
  gpu(plan, _, options) {
    const gpu = compileGpu(plan, options);
    return { executable: gpu, gpu };
  },
};

/** Who runs float32 plans where `compile` is not told. */
let standard: BackendOptions = { backend: 'wasm' };

/**
 * Says who runs plans that are compiled from now on, where `compile` is not told: `wasm` unless this was called. Plans
 * with float64, which only the cpu backend runs, stay there.
 */
export function runPlansOn(options: BackendOptions): void {
  standard = options;
}

const chosenFor = ({ buffers }: LoweredPlan, asked: BackendOptions): BackendOptions => {
  const { backend, mode } = asked;
  if (mode !== undefined && backend !== undefined && backend !== 'gpu')
    throw new UsageError(
      `compile: mode '${mode}' is one of the gpu backend, but the plan is for '${backend}'; leave one of the two out.`,
    );
  if (backend !== undefined) return asked;
  if (mode !== undefined) return { ...asked, backend: 'gpu' };
  return buffers.some(({ dtype }) => dtype === 'float64') ? { backend: 'cpu' } : standard;
};

/** Who runs a plan. `mode` and `allowDegraded` are for the gpu backend. */
export interface BackendOptions extends GpuOptions {
  /**
   * `wasm` for float32, `cpu` (the reference kernels) for every dtype, `gpu` for float32 on a device of gpu.js, in Node.
   * Unless given, `wasm` (or what `runPlansOn` said) where no float64 occurs and `cpu` where it does.
   */
  readonly backend?: BackendName | undefined;
}

export interface CompileOptions extends BackendOptions {
  /**
   * The numbers of the arguments that are given away. Results are written over them, so that what a call returns can
   * be passed to the next without a copy; tensors that were passed this way can then no longer be read.
   */
  readonly donate?: readonly number[];
}

export type AnyFunction = (...args: readonly never[]) => unknown;

export interface Compilation {
  /** The arguments that it is for. */
  readonly structure: Structure;
  readonly result: Structure;
  readonly program: Program;
  /** What is computed, simplified. */
  readonly plan: Plan;
  /** How: the kernels over numbered buffers. */
  readonly steps: LoweredPlan;
  readonly memory: MemoryUse;
  readonly backend: BackendName;
  /** The device of the gpu backend, and what ran there. */
  readonly gpu: Pick<GpuExecutable, 'device' | 'execution'> | undefined;
  /** Throws if the function would be traced to another plan by now. */
  recheck(call: number): void;
  /** The backend, the memory, and one line a step. */
  toString(): string;
}

export const nameOf = (f: AnyFunction): string => `compile(${f.name === '' ? 'f' : f.name})`;

/** Traces, simplifies, fuses, plans memory and compiles. */
export function compileFor(
  f: AnyFunction,
  structure: Structure,
  args: readonly Leaf[],
  { donate = [], ...asked }: CompileOptions,
): Compilation {
  const name = nameOf(f);
  const signatures = args.map(({ tensor: { shape, dtype } }) => ({ shape, dtype }));
  const outputs: Leaf[] = [];
  const retrace = (
    leaves: Leaf[],
    watch?: TraceWatch,
  ): { readonly plan: Plan; readonly result: Structure } => {
    let result: Structure | undefined;
    const { plan } = traceLeaves(
      signatures,
      (tensors) => f(...(build(structure, (place) => tensors[place]) as never[])),
      (data) => {
        result = structureOf(data, leaves);
        refuseOpaque(name, result);
        return leaves.map(({ tensor }) => tensor);
      },
      { literal: refuseCaptured(name), ...watch },
    );
    return { plan, result: result! };
  };
  const { plan: traced, result } = retrace(outputs);
  const plan = simplify(traced);
  const pairs = pairsOf(args, outputs, donate);
  const steps = inPlace(lower(plan), pairs);
  const memory = planMemory(steps);
  const { backend = 'wasm', ...options } = chosenFor(steps, asked);
  const { executable, gpu } = backends[backend](steps, memory, options);
  const program = makeProgram(name, steps, executable, pairs);

  const recheck = (call: number): void => {
    const now = retrace([]);
    const changed = firstDifference(traced, now.plan);
    if (changed !== undefined) {
      let place = '';
      retrace([], {
        equation: (index) => {
          if (index === changed.equation) place = callerPlace();
        },
      });
      throw frozen(name, call, changed.what, place);
    }
    const data = difference(result, now.result);
    if (data !== undefined) throw frozen(name, call, `of what is returned, ${data}`, '');
  };
  const place = gpu === undefined ? backend : `gpu (${gpu.device.mode}, ${gpu.device.adapter})`;
  const toString = (): string => `${name} on ${place}, ${formatMemory(memory)}\n${printSteps(steps)}`;
  return { structure, result, program, plan, steps, memory, backend, gpu, recheck, toString };
}

const refuseCaptured =
  (name: string): NonNullable<TraceWatch['literal']> =>
  (tensor, captured, reader) => {
    if (!captured) return;
    const place = callerPlace();
    throw new UsageError(
      `${name}: ${reader === undefined ? 'the function returns' : `${reader.name} reads`} ${String(tensor)}, which is not an ` +
        `argument${place === '' ? '' : ` (${place})`}; its numbers would be frozen into the plan. Pass it as an argument, or ` +
        'make it inside of the function if it never changes.',
    );
  };

const frozen = (name: string, call: number, what: string, place: string): UsageError =>
  new UsageError(
    `${name}: at call ${call} the function is not what was compiled: ${what}${place === '' ? '' : ` (${place})`}. A plan keeps ` +
      'what was a JavaScript value when the function was traced; pass what changes as an argument, numbers that change at every call as tensors.',
  );

/** A plan can return tensors, and values that are the same every time; not objects that may hide tensors. */
function refuseOpaque(name: string, structure: Structure): void {
  if (structure.kind === 'array' || structure.kind === 'record') {
    for (const child of structure.children) refuseOpaque(name, child);
  } else if (structure.kind === 'other') {
    const { value } = structure;
    if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return;
    throw new UsageError(
      `${name}: the function returns a ${typeof value === 'function' ? 'function' : value.constructor.name}; a compiled function ` +
        'returns tensors in plain objects and arrays.',
    );
  }
}

function formatMemory({ bytes, lasting, livePeak }: MemoryUse): string {
  const kilobytes = (count: number): string => `${(count / 1024).toFixed(1)} KiB`;
  return `${kilobytes(bytes)} of memory, ${kilobytes(lasting)} of them for arguments, literals and results (live peak ${kilobytes(livePeak)})`;
}
