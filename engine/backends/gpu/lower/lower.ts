/**
 * A plan as a program for gpu.js: every step as one kernel or a few, loops written out, buffers that are written again as new
 * values. This folder
 * has a file for each family of kernels, besides those that write kernels (writer, expression, functions, loops, sum,
 * splitReads) and programs (emitter, contents, unroll, memory, program).
 */
import { input, unary } from '../../../ir/expression.js';
import type { KernelSpec, ReduceSpec, TypedArray } from '../../../ir/kernel.js';
import { kernelsOf } from '../../../ir/control.js';
import { type KernelStep, type LoweredPlan, stepsOf } from '../../../ir/plan.js';
import { sizeOf } from '../../../ir/layout.js';
import { oneByOne } from '../../oneByOne.js';
import { contentsOf } from './contents.js';
import { emitConv } from './kernels/conv.js';
import { emitCopy } from './kernels/copy.js';
import { type Emitter, type Source, collector } from './emitter.js';
import { emitGather, emitScatterAdd } from './kernels/gather.js';
import { emitMap } from './kernels/map.js';
import { emitMatmul } from './kernels/matmul.js';
import { type ReadBack, bytesText, numbersReadBack } from './memory.js';
import type { DeviceInfo, DeviceProgram, IndexCheck } from './program.js';
import { emitReduce } from './kernels/reduce.js';
import { emitSort } from './kernels/sort.js';
import { emitFold, emitUnfold } from './kernels/window.js';
import { writtenOut } from './writeOut.js';
import { largestIndex, largestNumber } from './writer.js';

export interface LoweredProgram {
  readonly program: DeviceProgram;
  /** The buffers that the program's results are the contents of. */
  readonly written: readonly number[];
}

/**
 * Lowers a plan to a program for a device.
 * @throws RangeError naming the step that cannot run on the device, and why, or the results that have no room there; TypeError
 * naming the first step with float64.
 */
export function lowerForDevice(plan: LoweredPlan, device: DeviceInfo): LoweredProgram {
  requireFloat32(plan);
  const { buffers, inputs, literals, outputs } = plan;
  const first = inputs.length + literals.length;
  const constants = new Map<number, number>();
  literals.forEach(({ data }, i) => {
    if (isUniform(data)) constants.set(inputs.length + i, data[0]);
  });
  const sizes = [...inputs.map((buffer) => buffers[buffer].size), ...literals.map(({ data }) => data.length)];
  // Nothing is read of what has no elements.
  sizes.forEach((size, i) => {
    if (size === 0) constants.set(i, 0);
  });
  const emitter = collector(first, sizes, constants, device);

  const initial = [...inputs, ...literals.map(({ buffer }) => buffer)];
  const contents = contentsOf(buffers, new Map(initial.map((buffer, i) => [buffer, i])), emitter);
  const written = new Set<number>();
  const checks: IndexCheck[] = [];
  for (const step of writtenOut(plan)) {
    if (sizeOf(step.signature.shape) === 0) continue;
    try {
      const sources = step.inputs.map((operand) => contents.read(operand));
      if (step.spec.family === 'index') checks.push(...checkIndices(emitter, step, sources));
      const values = oneByOne(step.spec).map((spec) => emitKernel(emitter, spec, step, sources, plan));
      step.outputs.forEach((output, i) => {
        contents.write(output, values[i]);
        written.add(output.buffer);
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`compile: ${describe(step)} cannot run on gpu.js: ${error.message}`, {
        cause: error,
      });
    }
  }

  const readBack = [...new Set(outputs.map(({ buffer }) => buffer))].filter((buffer) => written.has(buffer));
  const results = readBack.map((buffer) => ({ ...buffers[buffer], value: contents.whole(buffer)! }));
  requireRoom({ results, checks }, device);
  return {
    program: {
      kernels: emitter.kernels,
      arguments: inputs.map((buffer) => buffers[buffer]),
      literals: literals.map(({ data }, i) => literalNumbers(data, `literal ${i}`)),
      steps: emitter.steps,
      results,
      checks,
    },
    written: readBack,
  };
}

function emitKernel(
  emitter: Emitter,
  spec: KernelSpec,
  { signature, inputs }: KernelStep,
  sources: readonly Source[],
  { buffers }: LoweredPlan,
): number {
  switch (spec.family) {
    case 'map':
      return emitMap(emitter, spec.expression, sources, signature);
    case 'reduce':
      return emitReduce(emitter, spec, sources, signature, buffers[inputs[0].buffer].dtype);
    case 'copy':
      return emitCopy(emitter, spec, sources, signature);
    case 'index':
      return (spec.access === 'gather' ? emitGather : emitScatterAdd)(emitter, spec, sources, signature);
    case 'sort':
      return emitSort(emitter, spec, sources[0]);
    case 'matmul':
      return emitMatmul(emitter, spec, sources, signature);
    case 'window':
      return (spec.access === 'unfold' ? emitUnfold : emitFold)(emitter, spec, sources, signature);
    case 'conv':
      return emitConv(emitter, spec, sources, signature);
    case 'linalg':
      throw new RangeError(
        `${spec.result} works column by column, each from those before; compile for the wasm backend.`,
      );
  }
}

/** The largest and the negative of the lowest of a step's indices, computed on the device. */
function checkIndices(
  emitter: Emitter,
  { spec, signature, inputs }: KernelStep,
  [values, indices]: readonly Source[],
): IndexCheck[] {
  const count = sizeOf(indices.shape);
  if (spec.family !== 'index' || count === 0) return [];
  const size = (spec.access === 'gather' ? values : { shape: signature.shape }).shape[spec.axis];
  const largest = (negated: boolean): number => {
    const reduce: ReduceSpec = {
      family: 'reduce',
      reduction: 'max',
      axes: inputs[1].shape.map((_, axis) => axis),
      ...(negated && { expression: unary('neg', input(0)) }),
    };
    return emitReduce(emitter, reduce, [indices], { shape: [], dtype: 'int32' }, 'int32');
  };
  return [{ access: spec.access, count, size, largest: largest(false), lowest: largest(true) }];
}

function requireFloat32(plan: LoweredPlan): void {
  const { buffers } = plan;
  const at = buffers.findIndex(({ dtype }) => dtype === 'float64');
  if (at < 0) return;
  const user = kernelsOf(stepsOf(plan)).find(({ inputs, outputs }) =>
    [...inputs, ...outputs].some(({ buffer }) => buffer === at),
  );
  throw new TypeError(
    `compile: buffer ${at} of ${buffers.length} is float64${user === undefined ? '' : `, in ${describe(user)}`}, and gpu.js computes in float32; compile for the wasm backend, or cast to float32.`,
  );
}

function requireRoom({ results, checks }: ReadBack, { resultNumbers }: DeviceInfo): void {
  const numbers = numbersReadBack({ results, checks });
  if (numbers <= resultNumbers) return;
  const sizes = results.map(({ size }) => size).sort((a, b) => b - a);
  throw new RangeError(
    `compile: the ${results.length} results of the plan are ${bytesText(4 * numbers)}, the largest of ${sizes.slice(0, 3).join(', ')} elements; ` +
      `they come back in one buffer of the device, which holds ${bytesText(4 * resultNumbers)}. Return fewer, or use the wasm backend.`,
  );
}

/** @throws RangeError for NaN, and for integers that are not exact in float32. Infinity becomes the largest number. */
function literalNumbers(data: TypedArray, what: string): Float32Array {
  const numbers = Float32Array.from(data, (x) => Math.max(-largestNumber, Math.min(largestNumber, x)));
  const at = data.findIndex((x) =>
    data instanceof Int32Array ? Math.abs(x) >= largestIndex : Number.isNaN(x),
  );
  if (at >= 0)
    throw new RangeError(
      `compile: ${what} of the plan has ${data instanceof Int32Array ? 'the int32 ' : ''}${data[at]} (number ${at} of ${data.length}), ` +
        'which a GPU treats as another number; compute it on the wasm or cpu backend.',
    );
  return numbers;
}

const isUniform = (data: TypedArray): boolean =>
  data.length > 0 && Number.isFinite(data[0]) && data.every((value) => value === data[0]);

const describe = ({ spec, inputs, signature }: KernelStep): string =>
  `${spec.family} of ${inputs.map(({ shape }) => `[${shape.join()}]`).join(' ') || 'nothing'} -> ${signature.dtype}[${signature.shape.join()}]`;
