/** The gpu backend without a thread of its own: gpu.js runs in the calling thread, and results are promises. */
import type { DType, Strided, TypedArray } from '../../ir/kernel.js';
import type { LoweredPlan } from '../../ir/plan.js';
import { allocate } from '../../ir/array.js';
import { type DevicePipeline, openDevice } from './device/device.js';
import { requireExecution } from './device/execution.js';
import type { GpuOptions } from './gpu.js';
import { lowerForDevice } from './lower/lower.js';
import type { DeviceInfo, Execution, GpuMode } from './lower/program.js';

/** A plan that returns promises, and reports where it runs. */
export interface AsyncGpuExecutable {
  /** Undefined before the first run. */
  readonly device: () => DeviceInfo | undefined;
  /** What gpu.js ran; undefined before the first run. */
  readonly execution: () => Execution | undefined;
  /** Runs the plan after all earlier runs. The arguments must not change meanwhile. */
  readonly run: (args: readonly TypedArray[]) => Promise<Output[]>;
}

/** The elements of a result. */
export interface Output extends Strided {
  readonly dtype: DType;
}

/** A plan on a device. */
interface DevicePlan {
  readonly info: DeviceInfo;
  readonly prepared: DevicePipeline;
  /** The buffers that are read back. */
  readonly written: readonly number[];
}

/**
 * Compiles a plan for the device of a mode, which is opened at the first run.
 *
 * Its promises are rejected where `compileGpu` and its executable throw; the next run tries again.
 */
export function compileGpuAsync(
  plan: LoweredPlan,
  { mode = 'webgpu', allowDegraded = false }: GpuOptions,
): AsyncGpuExecutable {
  let ready: DevicePlan | undefined;
  let execution: Execution | undefined;

  const prepare = async (): Promise<DevicePlan> => {
    const device = await openDevice(mode);
    const { program, written } = lowerForDevice(plan, device.info);
    const prepared = device.prepare(program);
    const opened = { info: device.info, prepared, written };
    finished.register(opened, prepared);
    return opened;
  };
  const run = async (args: readonly TypedArray[]): Promise<Output[]> => {
    const { prepared, written } = (ready ??= await prepare());
    const results = await prepared.run(args as readonly (Float32Array | Int32Array)[]);
    const ran = prepared.execution();
    if (!allowDegraded) requireExecution(mode, ran);
    execution = ran;
    const numbers = new Map<number, TypedArray>(plan.literals.map(({ buffer, data }) => [buffer, data]));
    plan.inputs.forEach((buffer, i) => numbers.set(buffer, args[i]));
    written.forEach((buffer, i) =>
      numbers.set(buffer, plan.buffers[buffer].dtype === 'int32' ? Int32Array.from(results[i]) : results[i]),
    );
    return plan.outputs.map(({ buffer, shape, strides, offset }) => {
      const { dtype, size } = plan.buffers[buffer];
      return { shape, dtype, strides, offset, data: numbers.get(buffer) ?? allocate(dtype, size) };
    });
  };
  return {
    device: () => ready?.info,
    execution: () => execution,
    run: (args) => inTurn(mode, () => run(args)),
  };
}

/** Frees the device's memory when a plan is garbage. */
const finished = new FinalizationRegistry<DevicePipeline>((prepared) => {
  void prepared.destroy();
});

/** The last run of each device. */
const lastRuns = new Map<GpuMode, Promise<unknown>>();

/** Runs in sequence on each device, whose errors do not say in which run they occurred. */
function inTurn<Result>(mode: GpuMode, run: () => Promise<Result>): Promise<Result> {
  const done = (lastRuns.get(mode) ?? Promise.resolve()).then(run);
  lastRuns.set(
    mode,
    done.catch(() => undefined),
  );
  return done;
}
