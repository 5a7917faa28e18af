/** The form between equations and steps: kernels that read one another's results through views, in the order in which they run. */
import {
  contiguousStrides,
  isContiguous,
  reshapeLayout,
  sameShape,
  sizeOf,
  viewLayout,
} from '../../ir/layout.js';
import type {
  KernelSpec,
  Layout,
  ReshapeSpec,
  Signature,
  StepSpec,
  TypedArray,
  ViewSpec,
} from '../../ir/kernel.js';

/** A value: an argument, a literal, or a kernel's result. */
export interface Source {
  readonly signature: Signature;
}

export interface Kernel extends Source {
  readonly spec: KernelSpec | ControlKernel;
  readonly reads: readonly Read[];
}

/** Graphs inside of a graph. They read the sources around them; the reads of their kernel are all of those. */
export type ControlKernel = LoopKernel | ChoiceKernel;

export interface LoopKernel {
  readonly family: 'loop';
  readonly count: number;
  readonly reverse: boolean;
  /** The kernel first reads what the first steps finds as its carry, then the stacks of which each step gets a row. */
  readonly carries: number;
  /** Its inputs are the carry and the rows; its outputs the next carry, and a row of each other result. */
  readonly body: Graph;
  /** First the carry after the last step. */
  readonly results: readonly Source[];
}

/** The kernel first reads the condition. */
export interface ChoiceKernel {
  readonly family: 'choice';
  readonly branches: readonly [Graph, Graph];
  readonly results: readonly Source[];
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
  /** Those whose results are stored; one for each result of `spec`. A loop or a choice is one kernel, whatever its results. */
  readonly kernels: readonly Kernel[];
  readonly spec: StepSpec | ControlKernel;
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
export const moveLayout = (layout: Layout, move: Move): Layout | undefined =>
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

/** A pass over a graph, and before that over those inside of it. */
export function throughout(pass: (graph: Graph) => Graph): (graph: Graph) => Graph {
  const deep = (graph: Graph): Graph => pass({ ...graph, groups: graph.groups.map(inside) });
  const inside = (group: KernelGroup): KernelGroup => {
    if (!isControlSpec(group.spec)) return group;
    const spec =
      group.spec.family === 'loop'
        ? { ...group.spec, body: deep(group.spec.body) }
        : { ...group.spec, branches: [deep(group.spec.branches[0]), deep(group.spec.branches[1])] as const };
    return { kernels: [{ ...group.kernels[0], spec }], spec, reads: group.reads };
  };
  return deep;
}

export const isControlSpec = (spec: StepSpec | ControlKernel): spec is ControlKernel =>
  spec.family === 'loop' || spec.family === 'choice';

/** Whether a read sees all elements of its source in row-major order. */
export const isWhole = ({ source, layout }: Read): boolean =>
  layout.offset === 0 && sameShape(layout.shape, source.signature.shape) && isContiguous(layout);

/** Whether a read repeats elements of its source. */
export const isStretched = ({ source, layout }: Read): boolean =>
  sizeOf(layout.shape) > sizeOf(source.signature.shape);
