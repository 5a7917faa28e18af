/**
 * The backend for GPUs: a whole plan as one pipeline of gpu.js, in float32.
 *
 * gpu.js answers by promises; compiled functions return results. So gpu.js runs in a thread of its own, to which this one
 * hands a plan's arguments in shared memory, and for which it sleeps.
 */
import type { TypedArray } from '../../ir/kernel.js';
import type { LoweredPlan } from '../../ir/plan.js';
import type { Executable } from '../executable.js';
import { allocate } from '../../ir/array.js';
import { lowerForDevice } from './lower/lower.js';
import type { DeviceInfo, DeviceProgram, Execution, GpuMode } from './lower/program.js';
import { type Place, numbersAt, placesFor } from './thread/protocol.js';
import { type ThreadProgram, repeater } from './repeater.js';
import { type DeviceThread, deviceThread } from './thread/thread.js';

export interface GpuOptions {
  /** Where gpu.js computes; the default is `webgpu`. */
  readonly mode?: GpuMode | undefined;
  /** Allows gpu.js to run a plan in another way than the mode says, which otherwise is an error. */
  readonly allowDegraded?: boolean | undefined;
}

/** An executable that reports where it runs. */
export interface GpuExecutable extends Executable {
  readonly device: DeviceInfo;
  /** What gpu.js ran; undefined before the first run. */
  execution(): Execution | undefined;
}

/**
 * The device of a mode: its name and limits.
 *
 * @throws Error where there is none, with what to do about it.
 */
export const gpuDevice = (mode: GpuMode): DeviceInfo => deviceThread(mode).info;

let programs = 0;

/**
 * Compiles a plan for the device of a mode. NaN, infinity and integers of 2^24 and more are refused as arguments and results.
 *
 * @throws Error where there is no such device; RangeError for a step that it cannot run; TypeError for float64. `run` throws
 * an Error if the device fails, or if gpu.js ran the plan in another way than the mode says.
 */
export function compileGpu(
  plan: LoweredPlan,
  { mode = 'webgpu', allowDegraded = false }: GpuOptions = {},
): GpuExecutable {
  const thread = deviceThread(mode);
  const { program, written } = lowerForDevice(plan, thread.info);
  const buffers = [...new Set([...plan.inputs, ...written])];
  const places = placesFor(buffers.map((buffer) => plan.buffers[buffer]));
  const placeOf = (buffer: number): Place => places[buffers.indexOf(buffer)];
  const views = new Map<number, TypedArray>(plan.literals.map(({ buffer, data }) => [buffer, data]));
  buffers.forEach((buffer, i) => views.set(buffer, numbersAt(places[i])));

  let execution: Execution | undefined;
  const ids: number[] = [];
  const prepare = (what: DeviceProgram, args: readonly Place[], results: readonly Place[]): ThreadProgram => {
    const id = programs++;
    thread.prepare({ id, program: what, arguments: args, results, allowDegraded });
    let ran: Execution | undefined;
    ids.push(id);
    return {
      run() {
        ran = thread.run(id) ?? ran;
        execution = ran;
      },
    };
  };
  const once = prepare(program, plan.inputs.map(placeOf), written.map(placeOf));
  const many = repeater({ plan, program, device: thread.info, written, once, placeOf, prepare });

  const executable: GpuExecutable = {
    device: thread.info,
    writesLast: true,
    execution: () => execution,
    view(buffer) {
      let view = views.get(buffer);
      if (view === undefined) {
        const { dtype, size } = plan.buffers[buffer];
        views.set(buffer, (view = allocate(dtype, size)));
      }
      return view;
    },
    run: once.run,
    runMany(repetition) {
      many(repetition, (buffer) => executable.view(buffer));
    },
  };
  finished.register(executable, { thread, ids });
  return executable;
}

/** Frees the device's memory when a plan is garbage. It holds ids, because closures over the plan would keep it alive. */
const finished = new FinalizationRegistry<{ readonly thread: DeviceThread; readonly ids: readonly number[] }>(
  ({ thread, ids }) => {
    for (const id of ids) thread.destroy(id);
  },
);
