/** A plan that decides who runs it: its first run, on the arguments of that run, is measured on wasm and on a device. */
import { type GpuExecutable, type GpuOptions, compileGpu, gpuDevice } from '../../backends/gpu/gpu.js';
import type { GpuMode } from '../../backends/gpu/lower/program.js';
import type { LoweredPlan } from '../../ir/plan.js';
import type { Executable, Repetition } from '../../backends/executable.js';
import { disagreement, fillArguments, resultsOf } from '../trace/agreement.js';
import { onDevice } from './build.js';
import { measure } from './measure.js';
import { runMany } from './boundPlan.js';

/** Who runs a plan, and why. */
export interface Choice {
  readonly backend: 'cpu' | 'wasm' | 'gpu';
  /** What a run took on each backend that was measured. */
  readonly milliseconds: { readonly wasm?: number; readonly gpu?: number };
  /** As in `wasm 0.04 ms, gpu (webgpu, SwiftShader) 12 ms`, or what speaks against the gpu backend. */
  readonly reason: string;
}

/** An executable that is another one from its first run on. */
export interface AutoExecutable extends Executable {
  /** Undefined before the first run. */
  choice(): Choice | undefined;
  /** Where the gpu backend was chosen. */
  gpu(): GpuExecutable | undefined;
}

/** As `compileGpu`, but remembering for each mode that there is no device: not every plan has to look for it. */
export function compileGpuIfAny(plan: LoweredPlan, options: GpuOptions): GpuExecutable {
  const { mode = 'webgpu' } = options;
  const known = missing.get(mode);
  if (known !== undefined) throw new Error(known);
  try {
    gpuDevice(mode);
  } catch (error) {
    missing.set(mode, messageOf(error));
    throw error;
  }
  return compileGpu(plan, options);
}

const missing = new Map<GpuMode, string>();
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * A plan on `wasm` or on a device. The first run measures one run of each, or, of a plan that is repeated, many runs in a
 * call. The device gets the plan if it is faster and computes the same (see `disagreement`); where there is none, or where
 * it refuses the plan, that is the reason.
 *
 * @param openGpu Makes the plan ready on the device, or throws.
 * @param decided Told what was chosen.
 */
export function compileAuto(
  plan: LoweredPlan,
  wasm: Executable,
  openGpu: () => GpuExecutable,
  decided: (choice: Choice) => void,
): AutoExecutable {
  // Not `wasm` itself, which is to be forgotten where it is not chosen.
  let chosen: Chosen = { executable: wasm };
  const decide = (repetition?: Repetition): void => {
    if (chosen.choice !== undefined) return;
    const made = choose(plan, chosen.executable, openGpu, repetition);
    chosen = made;
    decided(made.choice);
  };
  return {
    choice: () => chosen.choice,
    gpu: () => chosen.gpu,
    view: (buffer) => chosen.executable.view(buffer),
    run() {
      decide();
      chosen.executable.run();
    },
    runMany(repetition) {
      decide(repetition);
      runMany(chosen.executable, repetition);
    },
  };
}

interface Chosen {
  readonly executable: Executable;
  readonly gpu?: GpuExecutable;
  readonly choice?: Choice;
}

/** Leaves the arguments in the chosen executable as they were. */
function choose(
  plan: LoweredPlan,
  wasm: Executable,
  openGpu: () => GpuExecutable,
  repetition: Repetition | undefined,
): Chosen & { readonly choice: Choice } {
  const args = plan.inputs.map((buffer) => wasm.view(buffer).slice());
  const load = (executable: Executable): void => {
    fillArguments(plan, executable, args);
  };
  const expected = resultsOf(plan, wasm, args);
  const milliseconds: { wasm: number; gpu?: number } = { wasm: measure(wasm, load, repetition) };
  let gpu: GpuExecutable | undefined;
  let against: string;
  try {
    gpu = openGpu();
    const off = disagreement(plan, wasm, args, expected, resultsOf(plan, gpu, args));
    if (off <= 1) {
      milliseconds.gpu = measure(gpu, load, repetition);
      against = `, ${onDevice(gpu.device)} ${format(milliseconds.gpu)}`;
    } else against = `, ${onDevice(gpu.device)} is off by ${format(off, 'times what it may be')}`;
  } catch (error) {
    against = `; ${messageOf(error)}`;
  }
  const reason = `wasm ${format(milliseconds.wasm)}${against}`;
  const isFaster = milliseconds.gpu !== undefined && milliseconds.gpu < milliseconds.wasm;
  const chosen =
    gpu !== undefined && isFaster
      ? { executable: gpu, gpu, choice: { backend: 'gpu', milliseconds, reason } as const }
      : { executable: wasm, choice: { backend: 'wasm', milliseconds, reason } as const };
  load(chosen.executable);
  return chosen;
}

const format = (value: number, unit = 'ms'): string => `${Number(value.toPrecision(2))} ${unit}`;
