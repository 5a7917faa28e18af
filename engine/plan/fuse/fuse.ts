/**
 * Vertical fusion: elementwise kernels are written into the kernels that read them, so that their results never go through
 * memory. A chain of maps becomes one map, a map before a reduction becomes the reduction's expression, and a map after
 * a matrix product the product's epilogue (epilogue.ts).
 *
 * What several kernels read would be computed several times, which pays only where that is cheaper than storing it
 * once; what a reader sees stretched would be computed for every copy, which never pays.
 */
import { sizeOf } from '../../ir/layout.js';
import { type Pointwise, compose, pointwiseOf } from './compose.js';
import {
  type Graph,
  type Kernel,
  type Read,
  type Source,
  isKernel,
  isSameRead,
  isStretched,
  readAfter,
} from './graph.js';

/** The most tensors that one kernel reads, and the most kernels that are fused into one. */
const limits = { reads: 12, members: 48 };

/** The graph with elementwise kernels written into their readers, where that pays. */
export function fuseMaps(graph: Graph): Graph {
  const { outputs } = graph;
  const kernels = graph.groups.flatMap((group) => group.kernels);
  const pointwise = pointwiseOf(kernels);
  const readers = readersOf(kernels);
  const needed = new Set<Source>(outputs.map(({ source }) => source));
  for (const kernel of kernels)
    if (!mayDisappear(kernel, readers.get(kernel) ?? [], pointwise)) needed.add(kernel);
  for (;;) {
    const kept = keep(kernels, pointwise, readers, needed);
    const before = needed.size;
    assembleAll(kernels, pointwise, kept, needed);
    if (needed.size > before) continue;
    const remaining = kernels.filter((kernel) => kept.has(kernel));
    return { ...graph, groups: remaining.map((kernel) => compose(kernel, pointwise, kept)) };
  }
}

/** One read of a source by a kernel. */
interface Reader {
  readonly kernel: Kernel;
  readonly read: Read;
}

type Readers = ReadonlyMap<Source, readonly Reader[]>;

function readersOf(kernels: readonly Kernel[]): Readers {
  const readers = new Map<Source, Reader[]>();
  for (const kernel of kernels)
    for (const read of kernel.reads) {
      const entries = readers.get(read.source);
      if (entries === undefined) readers.set(read.source, [{ kernel, read }]);
      else entries.push({ kernel, read });
    }
  return readers;
}

/** Whether every reader of a kernel can compute it itself. */
function mayDisappear(kernel: Kernel, readers: readonly Reader[], pointwise: Pointwise): boolean {
  const properties = pointwise.get(kernel);
  if (properties === undefined || kernel.spec.family === 'reduce' || readers.length === 0) return false;
  return readers.every(
    ({ kernel: reader, read }) => pointwise.has(reader) && (properties.isFree || !isStretched(read)),
  );
}

/**
 * The needed kernels, and those that are cheaper to store than to compute in every reader. Decided from the last kernel to the
 * first, because it depends on where the readers' own results end up.
 */
function keep(
  kernels: readonly Kernel[],
  pointwise: Pointwise,
  readers: Readers,
  needed: ReadonlySet<Source>,
): ReadonlySet<Source> {
  const kept = new Set(needed);
  /** Of a kernel that disappears: the kernels in which it ends up, and the cost of what is computed more than once after it. */
  const fates = new Map<Source, { readonly ends: ReadonlySet<Kernel>; readonly repeated: number }>();
  for (let i = kernels.length - 1; i >= 0; i--) {
    const kernel = kernels[i];
    if (kept.has(kernel)) continue;
    const ends = new Set<Kernel>();
    let behind = 0;
    for (const { kernel: reader } of readers.get(kernel)!) {
      const fate = fates.get(reader);
      if (fate === undefined) ends.add(reader);
      else for (const end of fate.ends) ends.add(end);
      behind = Math.max(behind, fate?.repeated ?? 0);
    }
    const { isFree, cost } = pointwise.get(kernel)!;
    const repeated = ends.size === 1 || isFree ? 0 : behind + cost;
    if (repeated > 0 && !isCheaperAgain(kernel, repeated, ends.size, pointwise)) kept.add(kernel);
    else fates.set(kernel, { ends, repeated });
  }
  return kept;
}

/** Whether a result that ends up in several kernels takes longer to store and read than to compute in each of them. */
function isCheaperAgain(
  { signature, reads }: Kernel,
  cost: number,
  ends: number,
  pointwise: Pointwise,
): boolean {
  if (reads.some(({ source }) => isKernel(source) && source.spec.family === 'matmul')) return false;
  const size = sizeOf(signature.shape);
  const large = reads.filter(
    ({ source }) => sizeOf(source.signature.shape) >= size && pointwise.get(source)?.isFree !== true,
  ).length;
  return (large <= 1 && cost <= 4) || (ends === 2 && large === 2 && cost <= 2);
}

/** A kernel with all its sources fused into it that are not kept. */
interface Assembly {
  readonly members: ReadonlySet<Kernel>;
  readonly reads: readonly Read[];
  /** The reads between members. */
  readonly within: readonly Read[];
}

/** Finds the kernels that cannot be written into their readers after all and adds them to `needed`. */
function assembleAll(
  kernels: readonly Kernel[],
  pointwise: Pointwise,
  kept: ReadonlySet<Source>,
  needed: Set<Source>,
): void {
  const inlined = new Map<Source, Assembly>();
  for (const kernel of kernels) {
    const properties = pointwise.get(kernel);
    if (properties === undefined) continue;
    const assembly = assemble(kernel, inlined, pointwise, needed);
    if (!kept.has(kernel) || properties.isFree) inlined.set(kernel, assembly);
  }
}

function assemble(
  kernel: Kernel,
  inlined: ReadonlyMap<Source, Assembly>,
  pointwise: Pointwise,
  needed: Set<Source>,
): Assembly {
  const members = new Set([kernel]);
  const reads: Read[] = [];
  const within: Read[] = [];
  for (const read of kernel.reads) {
    const inner = inlined.get(read.source);
    if (inner === undefined) {
      addRead(reads, read);
      continue;
    }
    const moved = movedAll(inner.reads, read, inner.members, pointwise);
    const movedWithin = movedAll(inner.within, read, inner.members, pointwise);
    const size = members.size + inner.members.size;
    if (
      moved !== undefined &&
      movedWithin !== undefined &&
      size <= limits.members &&
      reads.length + moved.length <= limits.reads
    ) {
      inner.members.forEach((member) => members.add(member));
      moved.forEach((one) => {
        addRead(reads, one);
      });
      [read, ...movedWithin].forEach((one) => {
        addRead(within, one);
      });
    } else {
      needed.add(read.source);
      addRead(reads, read);
    }
  }
  // A reduction takes its loop bounds from its operands.
  if (kernel.spec.family === 'reduce' && reads.length === 0)
    kernel.reads.forEach(({ source }) => needed.add(source));
  return { members, reads, within };
}

function addRead(reads: Read[], read: Read): void {
  if (!reads.some((other) => isSameRead(other, read))) reads.push(read);
}

/** Reads of a kernel's members, in the order in which a reader sees the kernel; undefined where no layout gives that order. */
function movedAll(
  reads: readonly Read[],
  { moves }: Read,
  members: ReadonlySet<Kernel>,
  pointwise: Pointwise,
): readonly Read[] | undefined {
  if (moves.length === 0) return reads;
  for (const member of members) if (pointwise.get(member)!.usesCoordinates) return undefined;
  const moved = reads.map((read) => readAfter(read, moves));
  return moved.some((read) => read === undefined) ? undefined : (moved as readonly Read[]);
}
