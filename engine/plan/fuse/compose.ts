import {
  type ScalarExpression,
  input,
  replaceInputs,
  share,
  usesCoordinates,
  constant,
} from '../../ir/expression.js';
import type { DType } from '../../ir/kernel.js';
import { costOf } from './expression.js';
import { type Kernel, type KernelGroup, type Read, type Source, isSameRead, readAfter } from './graph.js';

/** The kernels that compute each element by an expression, or reduce such elements, with the properties that fusion needs. */
export type Pointwise = ReadonlyMap<
  Source,
  {
    readonly expression: ScalarExpression;
    readonly cost: number;
    readonly usesCoordinates: boolean;
    /** Neither reads nor computes anything: a constant or a coordinate. */
    readonly isFree: boolean;
  }
>;

export function pointwiseOf(kernels: readonly Kernel[]): Pointwise {
  const pointwise = new Map<Source, Pointwise extends ReadonlyMap<Source, infer Value> ? Value : never>();
  for (const kernel of kernels) {
    const expression = expressionOf(kernel);
    if (expression === undefined) continue;
    const cost = costOf(expression);
    const isFree = kernel.reads.length === 0 && cost === 0;
    pointwise.set(kernel, { expression, cost, usesCoordinates: usesCoordinates(expression), isFree });
  }
  return pointwise;
}

/** The expression of a kernel whose operands have its dtype; conversions stay kernels of their own. */
function expressionOf({ spec, reads, signature }: Kernel): ScalarExpression | undefined {
  const inOne = (dtype: DType): boolean => reads.every(({ source }) => source.signature.dtype === dtype);
  if (spec.family === 'map') return inOne(signature.dtype) ? spec.expression : undefined;
  if (spec.family === 'reduce') return spec.expression ?? input(0);
  return spec.family === 'copy' && reads.length === 0 ? constant(spec.fill) : undefined;
}

/** A kernel with all its sources fused into it that are not kept. */
export function compose(kernel: Kernel, pointwise: Pointwise, kept: ReadonlySet<Source>): KernelGroup {
  const { spec } = kernel;
  const properties = pointwise.get(kernel);
  if (properties === undefined) return { kernels: [kernel], spec, reads: kernel.reads };
  const reads: Read[] = [];
  const done: { readonly read: Read; readonly expression: ScalarExpression }[] = [];
  const visit = (read: Read): ScalarExpression => {
    const before = done.find((one) => isSameRead(one.read, read));
    if (before !== undefined) return before.expression;
    const expression = inlinedOrRead(read);
    done.push({ read, expression });
    return expression;
  };
  const inlinedOrRead = (read: Read): ScalarExpression => {
    const inner = pointwise.get(read.source);
    const isInlined =
      inner !== undefined &&
      (inner.isFree ? !inner.usesCoordinates || read.moves.length === 0 : !kept.has(read.source));
    if (!isInlined) return input(reads.push(read) - 1);
    const parts = (read.source as Kernel).reads.map((one) => visit(readAfter(one, read.moves)!));
    return replaceInputs(inner.expression, parts);
  };
  const expression = share(replaceInputs(properties.expression, kernel.reads.map(visit)));
  if (spec.family !== 'reduce') return { kernels: [kernel], spec: { family: 'map', expression }, reads };
  if (reads.length === 0) return { kernels: [kernel], spec, reads: kernel.reads };
  const { reduction, axes } = spec;
  const prologue = expression.kind === 'input' ? {} : { expression };
  return { kernels: [kernel], spec: { family: 'reduce', reduction, axes, ...prologue }, reads };
}
