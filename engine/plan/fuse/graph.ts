/** The form between equations and steps: kernels that read one another's results through views, in the order in which they run. */
import {
  contiguousStrides,
  isContiguous,
  reshapeLayout,
  sameShape,
  sizeOf,
  viewLayout,
} from '../../ir/layout.js';
import { Tensor, concrete } from '../../core/tensor.js';
import { input } from '../../ir/expression.js';
import { toTypedArray } from '../../ir/array.js';
import type {
  KernelSpec,
  Layout,
  ReshapeSpec,
  Signature,
  StepSpec,
  TypedArray,
  ViewSpec,
} from '../../ir/kernel.js';
import { type Plan, type Variable, isControl } from '../trace/plan.js';
import { UsageError } from '../../core/errors.js';

/** A value: an argument, a literal, or a kernel's result. */
export interface Source {
  readonly signature: Signature;
}

export interface Kernel extends Source {
  readonly spec: KernelSpec;
  readonly reads: readonly Read[];
}

/** A change of layout. */
export type Move = ViewSpec | ReshapeSpec;

/** A source seen through moves, with the layout that they yield. */
export interface Read {
  readonly source: Source;
  readonly moves: readonly Move[];
  /** Over the source's elements in row-major order. */
  readonly layout: Layout;
}

/** Kernels that are computed in one pass, with others fused into them. */
export interface KernelGroup {
  /** Those whose results are stored; one for each result of `spec`. */
  readonly kernels: readonly Kernel[];
  readonly spec: StepSpec;
  readonly reads: readonly Read[];
}

export interface Graph {
  readonly inputs: readonly Source[];
  /** Values that depend on no argument. */
  readonly constants: ReadonlyMap<Source, TypedArray>;
  /** In an order in which they can run. */
  readonly groups: readonly KernelGroup[];
  readonly outputs: readonly Read[];
}

export const isKernel = (source: Source): source is Kernel => 'spec' in source;

/** A read of all elements of a source in row-major order. */
export const whole = (source: Source): Read => {
  const { shape } = source.signature;
  return { source, moves: [], layout: { shape, strides: contiguousStrides(shape), offset: 0 } };
};

/** A layout after a move, or undefined where the elements would have to be copied. */
const moveLayout = (layout: Layout, move: Move): Layout | undefined =>
  move.family === 'reshape' ? reshapeLayout(layout, move.shape) : viewLayout(move, layout);

/** A read followed by more moves, or undefined where no layout expresses them all. */
export function readAfter({ source, moves, layout }: Read, more: readonly Move[]): Read | undefined {
  let moved: Layout | undefined = layout;
  for (const move of more) moved = moved && moveLayout(moved, move);
  return moved && { source, moves: [...moves, ...more], layout: moved };
}

/** Whether two reads see the same elements in the same order. */
export function isSameRead(a: Read, b: Read): boolean {
  if (a === b) return true;
  if (a.source !== b.source || a.layout.offset !== b.layout.offset) return false;
  return sameShape(a.layout.strides, b.layout.strides) && sameShape(a.layout.shape, b.layout.shape);
}

/** One kernel for each equation of a plan. Views cost nothing; a reshape becomes a kernel where no layout gives its order. */
export function graphOf(plan: Plan): Graph {
  const reads = new Map<number, Read>();
  const groups: KernelGroup[] = [];
  const enter = (variable: Variable): Source => {
    const source = { signature: signatureOf(variable) };
    reads.set(variable.id, whole(source));
    return source;
  };
  const add = (spec: KernelSpec, operands: readonly Read[], signature: Signature): Read => {
    const kernel = { spec, reads: operands, signature };
    groups.push({ kernels: [kernel], spec, reads: operands });
    return whole(kernel);
  };
  const moved = (read: Read, move: Move): Read => {
    const layout = moveLayout(read.layout, move);
    if (layout !== undefined) return { source: read.source, moves: [...read.moves, move], layout };
    const { dtype } = read.source.signature;
    const copy = add({ family: 'map', expression: input(0) }, [read], { shape: read.layout.shape, dtype });
    return { ...copy, moves: [move], layout: moveLayout(copy.layout, move)! };
  };

  const inputs = plan.inputs.map(enter);
  const constants = new Map(
    plan.literals.map(({ variable, tensor }) => [enter(variable), toTypedArray(concrete(tensor, 'compile'))]),
  );
  for (const equation of plan.equations) {
    if (isControl(equation)) throw new UsageError(`${equation.operation.name}: not compiled yet.`);
    const { operation, inputs: variables, params } = equation;
    const [output] = equation.outputs;
    const spec = operation.lower(variables.map(placeholder), params);
    const operands = variables.map(({ id }) => reads.get(id)!);
    const isMove = spec.family === 'view' || spec.family === 'reshape';
    reads.set(output.id, isMove ? moved(operands[0], spec) : add(spec, operands, signatureOf(output)));
  }
  return { inputs, constants, groups, outputs: plan.outputs.map(({ id }) => reads.get(id)!) };
}

/** A tensor without numbers: lowering reads shape and dtype only. */
const placeholder = ({ id, shape, dtype }: Variable): Tensor => new Tensor(shape, dtype, { variable: id });

const signatureOf = ({ shape, dtype }: Variable): Signature => ({ shape, dtype });

/** Whether a read sees all elements of its source in row-major order. */
export const isWhole = ({ source, layout }: Read): boolean =>
  layout.offset === 0 && sameShape(layout.shape, source.signature.shape) && isContiguous(layout);

/** Whether a read repeats elements of its source. */
export const isStretched = ({ source, layout }: Read): boolean =>
  sizeOf(layout.shape) > sizeOf(source.signature.shape);
