/** Runs programs on gpu.js, each as one pipeline, guarded against failures that it does not report. */
import type { GPU as GpuJs, IGPUFunction, IPipelineRunShortcut } from 'gpu.js';
import { requireFinite, requireIndices, requireNoErrors, requireRan } from './checks.js';
import { deviceFunctions } from '../lower/functions.js';
import {
  type DeviceInfo,
  type DeviceProgram,
  type Execution,
  type GpuMode,
  drawing,
} from '../lower/program.js';
import { rendererName } from './webgl.js';
import { type WatchedGpu, isSoftwareName, watchWebGpu } from './webgpu.js';
import { largestIndex } from '../lower/writer.js';

/** A place to compute. */
export interface Device {
  readonly info: DeviceInfo;
  /** Of WebGPU: the adapter's devices. */
  readonly watched: WatchedGpu | undefined;
  /** Prepares a program; gpu.js builds its kernels at the first run. */
  prepare(program: DeviceProgram): DevicePipeline;
}

export interface DevicePipeline {
  /**
   * Runs the program. If the device is lost meanwhile, the program is built for a new one and run again, once.
   *
   * @throws Error if an argument or a result has a non-finite value, an index is out of range, or the device reports an error.
   */
  run(args: readonly (Float32Array | Int32Array)[]): Promise<Float32Array[]>;
  /** What ran, the same object while that does not change; known after the first run. */
  execution(): Execution;
  destroy(): Promise<void>;
}

const devices = new Map<GpuMode, Promise<Device>>();

/** The device of a mode, opened once and shared by all programs. A failure is not cached. */
export function openDevice(mode: GpuMode): Promise<Device> {
  let device = devices.get(mode);
  if (device === undefined) {
    device = findDevice(mode);
    devices.set(mode, device);
    device.catch(() => devices.delete(mode));
  }
  return device;
}

/** Loads gpu.js, after the listener for errors is installed. */
async function findDevice(mode: GpuMode): Promise<Device> {
  const watched = mode === 'webgpu' ? await watchWebGpu() : undefined;
  const gpuJs = (await import('gpu.js')).default;
  const { GPU } = gpuJs;
  const supported = {
    webgpu: true,
    webasm: GPU.isWebAssemblySupported,
    cpu: true,
    webgl2: GPU.isWebGL2Supported,
    headlessgl: GPU.isHeadlessGLSupported,
  };
  if (!supported[mode])
    throw new Error(
      `gpu: gpu.js finds no ${mode} here; ${mode === 'headlessgl' ? "install the package 'gl', or " : ''}choose another mode: webgpu, webasm or cpu.`,
    );
  const gpu = new GPU({ mode });
  for (const source of Object.values(deviceFunctions)) {
    const parameters = /\((.*?)\)/.exec(source)![1].split(', ');
    // gpu.js takes the source text, though its declaration does not say so.
    gpu.addFunction(source as string & IGPUFunction, {
      argumentTypes: Object.fromEntries(parameters.map((name) => [name, 'Number'])),
      returnType: 'Number',
    });
  }
  // Bundlers give classes other names than those that gpu.js exports them by.
  const classNames = new Map(Object.entries(gpuJs).map(([name, exported]) => [exported as unknown, name]));
  const nameOf = ({ constructor }: object): string => classNames.get(constructor) ?? constructor.name;
  return {
    info: infoOf(mode, watched),
    watched,
    prepare: (program) => prepare(gpu, nameOf, watched, program),
  };
}

/** Kernels on the processor may read any number of arrays; those that draw, 16 textures. */
function infoOf(mode: GpuMode, watched: WatchedGpu | undefined): DeviceInfo {
  if (watched !== undefined) {
    const { adapter, isSoftware, buffers, bytes } = watched;
    return {
      mode,
      adapter,
      isSoftware,
      arrays: buffers - 1,
      elements: Math.min(largestIndex, bytes / 4),
      resultNumbers: bytes / 4,
    };
  }
  const draws = drawing.includes(mode);
  const adapter = draws ? rendererName() : 'this processor';
  return {
    mode,
    adapter,
    isSoftware: !draws || isSoftwareName(adapter),
    arrays: draws ? 14 : 32,
    elements: largestIndex,
    resultNumbers: Infinity,
  };
}

/** A kernel that a pipeline is made of: called while gpu.js records the pipeline, it gives the value that it will compute. */
type RecordedKernel = (...values: readonly unknown[]) => unknown;

function prepare(
  gpu: GpuJs,
  nameOf: (kernel: object) => string,
  watched: WatchedGpu | undefined,
  program: DeviceProgram,
): DevicePipeline {
  const created: { destroy(): void }[] = [];
  const create = (source: string, settings: { output: number[]; constants?: object }): RecordedKernel => {
    // Without the tactic, gpu.js declares small arrays and what is computed of them `lowp` where it takes that for enough.
    const kernel = gpu.createKernel(source, { ...settings, tactic: 'precision' });
    created.push(kernel);
    return kernel as RecordedKernel;
  };
  const pipeline = gpu.createPipeline(orchestration(program, create));
  let calls = 0;
  let ran: Execution | undefined;
  const attempt = async (args: readonly Float32Array[]): Promise<Float32Array[]> => {
    const call = (calls = (calls % 1000) + 1);
    const results = (await pipeline(...args, Float32Array.of(call))) as Float32Array[];
    requireNoErrors(watched?.takeErrors() ?? [], program);
    requireRan(call, results.pop()!);
    return results;
  };
  return {
    async run(arrays) {
      const args = arrays.map((numbers, i) => {
        requireFinite(numbers, `argument ${i}`);
        if (numbers.length === 0) return new Float32Array(1);
        return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
      });
      watched?.takeErrors();
      let all: Float32Array[];
      try {
        all = await attempt(args);
      } catch (error) {
        if (watched?.takeLoss() !== true) {
          requireNoErrors(watched?.takeErrors() ?? [], program);
          throw error;
        }
        all = await attempt(args);
      }
      const results = all.slice(0, program.results.length);
      requireIndices(program.checks, all.slice(results.length));
      results.forEach((numbers, i) => {
        requireFinite(numbers, `result ${i}`, program.results[i].dtype);
      });
      return results;
    },
    execution: () => (ran = executionOf(pipeline, nameOf, ran)),
    async destroy() {
      await pipeline.destroy();
      for (const kernel of created) kernel.destroy();
    },
  };
}

/** The value in a call's canary, which a call that did not run cannot have. */
const canarySource = 'function (a0) {\n  return a0[0];\n}';
/** A literal array goes to the device once, as this kernel's constant; as an argument it would be copied for every kernel that reads it. */
const literalSource = 'function () {\n  return this.constants.numbers[this.thread.x];\n}';

/** The function that gpu.js records: it takes the arguments and the canary, and gives the results, the checks and the canary. */
function orchestration(
  { kernels, arguments: parameters, steps, literals, results, checks }: DeviceProgram,
  create: (source: string, settings: { output: number[]; constants?: object }) => RecordedKernel,
): (...args: readonly unknown[]) => unknown[] {
  const created = kernels.map(({ source, size }) => create(source, { output: [size] }));
  const canary = create(canarySource, { output: [1] });
  const read = new Set(steps.flatMap(({ inputs }) => inputs));
  const sources = literals.map((numbers, i) =>
    read.has(parameters.length + i)
      ? create(literalSource, { output: [numbers.length], constants: { numbers } })
      : undefined,
  );
  const wanted = [
    ...results.map(({ value }) => value),
    ...checks.flatMap(({ largest, lowest }) => [largest, lowest]),
  ];
  const orchestrate = (...args: readonly unknown[]): unknown[] => {
    const values = args.slice(0, -1);
    for (const source of sources) values.push(source?.());
    for (const { kernel, inputs, row } of steps) {
      const read = inputs.map((input) => values[input]);
      values.push(created[kernel](...read, ...(row === undefined ? [] : [row])));
    }
    return [...wanted.map((value) => values[value]), canary(args[args.length - 1])];
  };
  // gpu.js learns from a function's length how many arguments it has.
  return Object.defineProperty(orchestrate, 'length', { value: parameters.length + 1 });
}

/** The part of a pipeline's plan that tells which kernels ran. */
interface PipelinePlan {
  readonly kernels: readonly { readonly clone: { readonly kernel: object } }[];
  readonly genericClones: ReadonlyMap<string, { readonly kernel: object }>;
}

/** @param before What ran before: returned where it is the same. */
function executionOf(
  { executorKind, backend, fallbackReason, plan }: IPipelineRunShortcut,
  nameOf: (kernel: object) => string,
  before: Execution | undefined,
): Execution {
  const { kernels, genericClones } = plan as PipelinePlan;
  const names = new Set<string>();
  if (executorKind === 'generic') for (const { kernel } of genericClones.values()) names.add(nameOf(kernel));
  else for (const { clone } of kernels) names.add(nameOf(clone.kernel));
  const ran: Execution = {
    executorKind,
    backend: backend ?? '',
    kernelClass: [...names].join(' and '),
    fallbackReason,
  };
  const isSame = (Object.keys(ran) as (keyof Execution)[]).every((key) => ran[key] === before?.[key]);
  return before !== undefined && isSame ? before : ran;
}
