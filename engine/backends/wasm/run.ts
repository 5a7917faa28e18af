/** The function that runs a plan: it calls kernels, in loops and branches of its own. */
import { bytesOf } from '../../ir/array.js';
import type { DType } from '../../ir/kernel.js';
import { isControlStep, mayThrow } from '../../ir/control.js';
import { sizeOf } from '../../ir/layout.js';
import {
  type ChoiceSpec,
  type KernelStep,
  type LoopSpec,
  type LoweredPlan,
  type MemoryPlan,
  type Operand,
  type Stages,
  stepsOf,
} from '../../ir/plan.js';
import type { Body, FunctionIndex, Local, Pushed } from './assembler/encoder.js';
import { type Context, type Kernel, addressesOf, invoke } from './emit/context.js';
import { advance, plus } from './emit/loops.js';
import { convKernel } from './kernels/conv/conv.js';
import { copyKernel, mostCopied } from './kernels/copy.js';
import { indexingKernel } from './kernels/indexing.js';
import { linalgKernel } from './kernels/linalg/linalg.js';
import { type Access, mapKernel } from './kernels/map.js';
import { matmulKernel } from './kernels/matmul/matmul.js';
import { reduceKernel } from './kernels/reduce/reduce.js';
import { sortKernel } from './kernels/sort.js';
import { windowKernel } from './kernels/window.js';

/** The plan's memory begins behind a few constants, and the numbers of steps. */
export const planAddress = 64;

/** Where loops that may throw keep the number of their step plus one, 0 outside of them; the outermost first. */
export const progress = { address: 16, loops: (planAddress - 16) / 4 } as const;

/**
 * Writes `run(scratch)`: a worker that runs steps brings scratch memory of its own, `scratchBytes` of it. Addresses are
 * constants, but those of rows, each of which has a local.
 */
export function writeRun(
  context: Context,
  plan: LoweredPlan,
  memory: MemoryPlan,
): { readonly run: FunctionIndex; readonly scratchBytes: number } {
  let scratchBytes = 0;
  const run = context.module.function(addressesOf(1), (f, scratch) => {
    const rows = new Map<number, Local>();
    const bytesIn = (buffer: number): number => bytesOf(plan.buffers[buffer].dtype);
    const address = ({ buffer, offset }: Operand): Pushed => {
      const row = rows.get(buffer);
      const bytes = offset * bytesIn(buffer);
      return row === undefined ? f.i32(planAddress + memory.offsets[buffer] + bytes) : plus(f, row, bytes);
    };
    const call = (kernel: Kernel, step: KernelStep, inputs: readonly Operand[]): void => {
      scratchBytes = Math.max(scratchBytes, kernel.scratch);
      invoke(f, kernel, () => f.get(scratch), ...[...step.outputs, ...inputs].map(address));
    };
    const kernel = (step: KernelStep): void => {
      const { spec, inputs, signature } = step;
      if (sizeOf(signature.shape) === 0) return;
      if (spec.family !== 'copy' || inputs.length <= mostCopied) {
        call(kernelOf(context, step, plan), step, inputs);
        return;
      }
      const accesses = accessesOf(step, plan);
      for (let first = 0; first < inputs.length; first += mostCopied)
        call(
          copyKernel(context, spec, accesses, signature, first),
          step,
          inputs.slice(first, first + mostCopied),
        );
    };
    const loop = ({ count, reverse, body, rows: own }: LoopSpec, depth: number): void => {
      if (count === 0) return;
      const isNumbered = depth < progress.loops && mayThrow(body.flat());
      const k = f.let('i32', f.i32(reverse ? count - 1 : 0));
      const locals = own.map(() => f.local('i32'));
      f.loop((again) => {
        if (isNumbered) noted(f, progress.address + 4 * depth, () => plus(f, k, 1));
        own.forEach(({ buffer, first, stride }, i) => {
          const moved = (): Pushed => f.op('i32.mul', f.get(k), f.i32(stride * bytesIn(buffer)));
          f.set(locals[i], f.op('i32.add', address(first), moved()));
        });
        own.forEach(({ buffer }, i) => rows.set(buffer, locals[i]));
        all(body, depth + 1);
        advance(f, k, reverse ? -1 : 1);
        f.branchIf(
          again,
          reverse ? f.op('i32.gt_s', f.get(k), f.i32(-1)) : f.op('i32.gt_s', f.i32(count), f.get(k)),
        );
      });
      if (isNumbered) noted(f, progress.address + 4 * depth, () => f.i32(0));
    };
    const choice = ({ branches: [first, second] }: ChoiceSpec, condition: Operand, depth: number): void => {
      f.when(
        isNotZero(f, () => address(condition), plan.buffers[condition.buffer].dtype),
        () => {
          all(first, depth);
        },
        () => {
          all(second, depth);
        },
      );
    };
    const all = (stages: Stages, depth: number): void => {
      for (const step of stepsOf({ stages })) {
        if (!isControlStep(step)) kernel(step);
        else if (step.spec.family === 'loop') loop(step.spec, depth);
        else choice(step.spec, step.inputs[0], depth);
      }
    };
    all(plan.stages, 0);
  });
  return { run, scratchBytes };
}

function noted(f: Body, address: number, number: () => Pushed): void {
  f.store('i32.store', f.i32(address), number());
}

/** Whether a number in memory is another than 0; NaN is. */
function isNotZero(f: Body, address: () => Pushed, dtype: DType): Pushed {
  if (dtype === 'int32') return f.load('i32.load', address());
  const isFloat64 = dtype === 'float64';
  const number = f.load(isFloat64 ? 'v128.load64_zero' : 'v128.load32_zero', address());
  return f.op('v128.any_true', f.op(isFloat64 ? 'f64x2.ne' : 'f32x4.ne', number, f.i32x4(0)));
}

const accessesOf = ({ inputs }: KernelStep, { buffers }: LoweredPlan): Access[] =>
  inputs.map(({ shape, strides, buffer }) => ({ shape, strides, dtype: buffers[buffer].dtype }));

function kernelOf(context: Context, step: KernelStep, plan: LoweredPlan): Kernel {
  const { spec, signature } = step;
  const accesses = accessesOf(step, plan);
  switch (spec.family) {
    case 'map':
      return mapKernel(context, [spec.expression], accesses, signature);
    case 'maps':
      return mapKernel(context, spec.expressions, accesses, signature);
    case 'reduce':
      return reduceKernel(context, spec, accesses, signature);
    case 'copy':
      return copyKernel(context, spec, accesses, signature);
    case 'index':
      return indexingKernel(context, spec, accesses, signature.shape);
    case 'sort':
      return sortKernel(context, spec, accesses[0]);
    case 'matmul':
      return matmulKernel(context, spec, accesses, signature.shape);
    case 'window':
      return windowKernel(context, spec, accesses[0], signature.shape);
    case 'conv':
      return convKernel(context, spec, accesses, signature.shape);
    case 'linalg':
      return linalgKernel(context, spec, accesses, signature);
  }
}
