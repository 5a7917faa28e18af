/** The same backend without a thread to wait in: gpu.js runs in the calling thread, and results are promises. */
import type { DType, Strided, TypedArray } from '../../ir/kernel.js';
import type { LoweredPlan } from '../../ir/plan.js';
import { allocate } from '../../ir/array.js';
import { type Prepared, openDevice } from './device/device.js';
import { requireAsked } from './device/execution.js';
import type { GpuOptions } from './gpu.js';
import { lowerForDevice } from './lower/lower.js';
import type { DeviceInfo, Execution, GpuMode } from './lower/program.js';

/** A plan that answers later, and tells where it runs. */
export interface AsyncGpuExecutable {
  /** Undefined before the first run. */
  readonly device: () => DeviceInfo | undefined;
  /** What gpu.js ran; undefined before the first run. */
  readonly execution: () => Execution | undefined;
  /** Runs the plan, behind all that were asked for before. The arguments must not change meanwhile. */
  readonly run: (args: readonly TypedArray[]) => Promise<Output[]>;
}

/** A result's numbers. */
export interface Output extends Strided {
  readonly dtype: DType;
}

/** A plan on a device. */
interface Ready {
  readonly info: DeviceInfo;
  readonly prepared: Prepared;
  /** The buffers whose numbers the results are. */
  readonly written: readonly number[];
}

/**
 * A plan that runs on the device of a mode, `webgpu` unless given; the device is looked for at the first run.
 *
 * Its promises are rejected where `compileGpu` and its executable throw; the next run tries again.
 */
export function compileGpuAsync(
  plan: LoweredPlan,
  { mode = 'webgpu', allowDegraded = false }: GpuOptions,
): AsyncGpuExecutable {
  let ready: Ready | undefined;
  let execution: Execution | undefined;

  const prepare = async (): Promise<Ready> => {
    const device = await openDevice(mode);
    const { program, written } = lowerForDevice(plan, device.info);
    const prepared = device.prepare(program);
    const made = { info: device.info, prepared, written };
    finished.register(made, prepared);
    return made;
  };
  const run = async (args: readonly TypedArray[]): Promise<Output[]> => {
    const { prepared, written } = (ready ??= await prepare());
    const results = await prepared.run(args as readonly (Float32Array | Int32Array)[]);
    const ran = prepared.execution();
    if (!allowDegraded) requireAsked(mode, ran);
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

/** Frees the device's memory when nobody can run a plan any more. */
const finished = new FinalizationRegistry<Prepared>((prepared) => {
  void prepared.destroy();
});

/** The last run that each device was asked for. */
const lastRuns = new Map<GpuMode, Promise<unknown>>();

/** One run after the other on each device, which tells what went wrong, but not in which run. */
function inTurn<Result>(mode: GpuMode, run: () => Promise<Result>): Promise<Result> {
  const done = (lastRuns.get(mode) ?? Promise.resolve()).then(run);
  lastRuns.set(
    mode,
    done.catch(() => undefined),
  );
  return done;
}
