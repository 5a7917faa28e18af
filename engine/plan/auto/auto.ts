/** The backend `auto`: the first run of a plan is measured on wasm and on a device, and the faster one keeps it. */
import { type GpuExecutable, type GpuOptions, compileGpu, gpuDevice } from '../../backends/gpu/gpu.js';
import { type GpuMode, formatDevice } from '../../backends/gpu/lower/program.js';
import type { LoweredPlan } from '../../ir/plan.js';
import type { Executable, Repetition } from '../../backends/executable.js';
import { runMany } from '../../backends/runMany.js';
import { disagreement, fillArguments, resultsOf } from './agreement.js';
import { measure } from './measure.js';

/** The backend that was chosen for a plan, and why. */
export interface Choice {
  readonly backend: 'cpu' | 'wasm' | 'gpu';
  /** The time of a run on each backend that was measured. */
  readonly milliseconds: { readonly wasm?: number; readonly gpu?: number };
  /** As in `wasm 0.04 ms, gpu (webgpu, SwiftShader) 12 ms`, or the reason against the gpu backend. */
  readonly reason: string;
}

/** An executable that passes its runs on to the one that the first run has chosen. */
export interface AutoExecutable extends Executable {
  /** Undefined before the first run. */
  choice(): Choice | undefined;
  /** The executable on the device, if that was chosen. */
  gpu(): GpuExecutable | undefined;
}

/** `compileGpu`, which caches for each mode that there is no device, so that not every plan looks for one. */
export function compileGpuIfAny(plan: LoweredPlan, options: GpuOptions): GpuExecutable {
  const { mode = 'webgpu' } = options;
  const reason = missing.get(mode);
  if (reason !== undefined) throw new Error(reason);
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
 * @param decided Receives the choice.
 */
export function compileAuto(
  plan: LoweredPlan,
  wasm: Executable,
  openGpu: () => GpuExecutable,
  decided: (choice: Choice) => void,
): AutoExecutable {
  // Not `wasm` itself, which is to be forgotten where it is not chosen.
  let chosen: Decision = { executable: wasm };
  const decide = (repetition?: Repetition): void => {
    if (chosen.choice !== undefined) return;
    const decision = choose(plan, chosen.executable, openGpu, repetition);
    chosen = decision;
    decided(decision.choice);
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

interface Decision {
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
): Decision & { readonly choice: Choice } {
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
      against = `, ${formatDevice(gpu.device)} ${format(milliseconds.gpu)}`;
    } else against = `, ${formatDevice(gpu.device)} is off by ${format(off, 'times what it may be')}`;
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
