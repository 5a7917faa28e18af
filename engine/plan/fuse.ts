/**
 * Fusion: elementwise kernels are written into the kernels that read them, so that their results never go through
 * memory. A chain of maps becomes one map, a map before a reduction becomes the reduction's expression, and a map after
 * a matrix product the product's epilogue (epilogue.ts).
 *
 * What several kernels read would be computed several times, which pays only where that is cheaper than storing it
 * once; what a reader sees stretched would be computed for every copy, which never pays.
 */
import { sizeOf } from '../core/shape.js';
import type { ScalarExpression } from '../ir/expression.js';
import type { DType, KernelSpec, Layout } from '../ir/kernel.js';
import { costOf, everyPart, input, rewrite } from './expression.js';
import {
  type Graph,
  type Kernel,
  type Move,
  type Read,
  type Source,
  isKernel,
  isStretched,
  moveLayout,
} from './graph.js';

/** A kernel of a graph with others written into it: what it computes now, and from what. */
export interface Fused {
  readonly kernel: Kernel;
  readonly spec: KernelSpec;
  readonly reads: readonly Read[];
}

/** One element of a map, or of what a reduction reduces. */
interface Formula {
  readonly expression: ScalarExpression;
  readonly reads: readonly Read[];
}

/** One kernel reads at most so many tensors, and an expression has at most so many parts. */
const limits = { reads: 12, parts: 64 };

/** The kernels that remain; they read only arguments, literals and one another. */
export function fuseMaps({ kernels, outputs }: Graph): Fused[] {
  const readers = readersOf(kernels);
  const kept = new Set<Source>(outputs.map(({ source }) => source));
  for (const kernel of kernels) if (!mayDisappear(kernel, readers.get(kernel) ?? [])) kept.add(kernel);
  for (;;) {
    const before = kept.size;
    const fused = attempt(kernels, readers, kept);
    if (kept.size === before) return fused;
  }
}

/** Writes maps into their readers but for those in `kept`. One for which that is wrong is added, and the attempt is void. */
function attempt(kernels: readonly Kernel[], readers: Readers, kept: Set<Source>): Fused[] {
  const endsOf = endsIn(kernels, readers, kept);
  const formulas = new Map<Source, Formula>();
  const result: Fused[] = [];
  for (const kernel of kernels) {
    const own = formulaOf(kernel);
    const formula = own && expand(own, kernel.spec.family === 'reduce' ? 1 : 0, formulas, kept);
    if (
      formula !== undefined &&
      !kept.has(kernel) &&
      !pays(kernel, formula, readers.get(kernel)!, endsOf.get(kernel)!)
    )
      kept.add(kernel);
    if (kept.has(kernel)) result.push({ kernel, ...withFormula(kernel, formula) });
    if (formula !== undefined && (!kept.has(kernel) || isFree(formula))) formulas.set(kernel, formula);
  }
  return result;
}

/** A kernel that reads a source, and how; there once for each of its reads. */
interface Reader {
  readonly kernel: Kernel;
  readonly read: Read;
}

type Readers = ReadonlyMap<Source, readonly Reader[]>;

function readersOf(kernels: readonly Kernel[]): Readers {
  const readers = new Map<Source, Reader[]>();
  for (const kernel of kernels)
    for (const read of kernel.reads) {
      const found = readers.get(read.source);
      if (found === undefined) readers.set(read.source, [{ kernel, read }]);
      else found.push({ kernel, read });
    }
  return readers;
}

/** The kernels in which what a kernel computes ends up, through readers that disappear themselves. */
function endsIn(
  kernels: readonly Kernel[],
  readers: Readers,
  kept: ReadonlySet<Source>,
): ReadonlyMap<Source, ReadonlySet<Kernel>> {
  const ends = new Map<Source, Set<Kernel>>();
  for (const kernel of [...kernels].reverse()) {
    const found = new Set<Kernel>();
    for (const { kernel: reader } of readers.get(kernel) ?? [])
      if (kept.has(reader)) found.add(reader);
      else ends.get(reader)!.forEach((end) => found.add(end));
    ends.set(kernel, found);
  }
  return ends;
}

/** Whether a kernel is one that others can compute themselves, wherever it is read. */
function mayDisappear(kernel: Kernel, readers: readonly Reader[]): boolean {
  const formula = formulaOf(kernel);
  if (kernel.spec.family === 'reduce' || formula === undefined || readers.length === 0) return false;
  return readers.every(
    ({ kernel: reader, read }) => formulaOf(reader) !== undefined && (isFree(formula) || !isStretched(read)),
  );
}

/** Whether a kernel had better be computed where it is read. */
function pays(
  { signature }: Kernel,
  formula: Formula,
  readers: readonly Reader[],
  ends: ReadonlySet<Kernel>,
): boolean {
  if (!readers.every(({ read }) => isMovable(formula, read.moves))) return false;
  return ends.size === 1 || isFree(formula) || isCheaperTwice(formula, sizeOf(signature.shape), ends.size);
}

/** What a kernel computes for an element, if others can be written into it: it must compute in one dtype. */
function formulaOf({ spec, reads, signature }: Kernel): Formula | undefined {
  const inOne = (dtype: DType): boolean => reads.every(({ source }) => source.signature.dtype === dtype);
  if (spec.family === 'map')
    return inOne(signature.dtype) ? { expression: spec.expression, reads } : undefined;
  if (spec.family === 'reduce') return { expression: spec.expression ?? input(0), reads };
  if (spec.family === 'copy' && reads.length === 0)
    return { expression: { kind: 'constant', value: spec.fill }, reads };
  return undefined;
}

function withFormula({ spec, reads }: Kernel, formula: Formula | undefined): Pick<Fused, 'spec' | 'reads'> {
  if (formula === undefined) return { spec, reads };
  const { expression } = formula;
  if (spec.family !== 'reduce') return { spec: { family: 'map', expression }, reads: formula.reads };
  const { reduction, axes } = spec;
  const bare = expression.kind === 'input';
  return { spec: { family: 'reduce', reduction, axes, ...(!bare && { expression }) }, reads: formula.reads };
}

/** A constant or a coordinate: nothing to compute and nothing to read. */
const isFree = ({ expression, reads }: Formula): boolean => reads.length === 0 && costOf(expression) === 0;

/** Whether computing a formula in several places takes less than writing it once and reading it there. */
function isCheaperTwice({ expression, reads }: Formula, size: number, copies: number): boolean {
  if (reads.some(({ source }) => isKernel(source) && source.spec.family === 'matmul')) return false;
  const cost = costOf(expression);
  const large = reads.filter(({ source }) => sizeOf(source.signature.shape) >= size).length;
  return (large <= 1 && cost <= 4) || (copies === 2 && large === 2 && cost <= 2);
}

/** Whether a formula can be computed in the order that moves give. */
const isMovable = ({ expression, reads }: Formula, moves: readonly Move[]): boolean =>
  reads.every((read) => movedRead(read, moves) !== undefined) &&
  (moves.length === 0 || ![...everyPart(expression)].some(({ kind }) => kind === 'coordinate'));

function movedRead({ source, moves, layout }: Read, more: readonly Move[]): Read | undefined {
  let moved: Layout | undefined = layout;
  for (const move of more) moved = moved && moveLayout(moved, move);
  return moved && { source, moves: [...moves, ...more], layout: moved };
}

/**
 * A formula with the formulas of others in place of its reads of them, as far as the limits allow. A reduction must
 * go on reading at least one tensor, because that is how it knows what it runs over.
 */
function expand(
  formula: Formula,
  leastReads: number,
  formulas: ReadonlyMap<Source, Formula>,
  kept: Set<Source>,
): Formula {
  let result = distinct(formula);
  for (const read of result.reads) {
    const inner = formulas.get(read.source);
    if (inner === undefined) continue;
    const larger = isMovable(inner, read.moves) ? distinct(substitute(result, read, inner)) : undefined;
    if (larger !== undefined && isWithinLimits(larger) && larger.reads.length >= leastReads) result = larger;
    else kept.add(read.source);
  }
  return result;
}

const isWithinLimits = ({ expression, reads }: Formula): boolean =>
  reads.length <= limits.reads && everyPart(expression).size <= limits.parts;

/** `formula` with `inner` in place of one of its reads, whose moves the inner reads make in turn. */
function substitute({ expression, reads }: Formula, replaced: Read, inner: Formula): Formula {
  const others = reads.filter((read) => read !== replaced);
  const shift = others.length;
  const part = rewrite(inner.expression, (leaf) =>
    leaf.kind === 'input' ? input(shift + leaf.index) : leaf,
  );
  return {
    expression: rewrite(expression, (leaf) => {
      if (leaf.kind !== 'input') return leaf;
      return reads[leaf.index] === replaced ? part : input(others.indexOf(reads[leaf.index]));
    }),
    reads: [...others, ...inner.reads.map((read) => movedRead(read, replaced.moves)!)],
  };
}

/** A formula that reads nothing twice, and nothing that it does not use. */
function distinct({ expression, reads }: Formula): Formula {
  const first = reads.map((read) => reads.findIndex((other) => isSame(read, other)));
  const used = new Set(
    [...everyPart(expression)].flatMap((part) => (part.kind === 'input' ? [first[part.index]] : [])),
  );
  const remaining = reads.filter((_, i) => used.has(i));
  return {
    expression: rewrite(expression, (leaf) =>
      leaf.kind === 'input' ? input(remaining.indexOf(reads[first[leaf.index]])) : leaf,
    ),
    reads: remaining,
  };
}

const isSame = (a: Read, b: Read): boolean =>
  a === b ||
  (a.source === b.source &&
    a.layout.offset === b.layout.offset &&
    a.layout.strides.join() === b.layout.strides.join() &&
    a.layout.shape.join() === b.layout.shape.join());
