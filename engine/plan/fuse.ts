/**
 * Fusion: elementwise kernels are written into the kernels that read them, so that their results never go through
 * memory. A chain of maps becomes one map, a map before a reduction becomes the reduction's expression, and a map after
 * a matrix product the product's epilogue (epilogue.ts).
 *
 * What several kernels read would be computed several times, which pays only where that is cheaper than storing it
 * once; what a reader sees stretched would be computed for every copy, which never pays.
 */
import { sizeOf } from '../core/shape.js';
import { type Fused, type Pointwise, compose, pointwiseOf } from './compose.js';
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

/** One kernel reads at most so many tensors, and is made of at most so many. */
const limits = { reads: 12, members: 48 };

/** The kernels that remain; they read only arguments, literals and one another. */
export function fuseMaps({ kernels, outputs }: Graph): Fused[] {
  const pointwise = pointwiseOf(kernels);
  const readers = readersOf(kernels);
  const kept = new Set<Source>(outputs.map(({ source }) => source));
  for (const kernel of kernels)
    if (!mayDisappear(kernel, readers.get(kernel) ?? [], pointwise)) kept.add(kernel);
  for (let before = -1; before !== kept.size;) {
    before = kept.size;
    keepMore(kernels, pointwise, readers, kept);
  }
  return kernels.filter((kernel) => kept.has(kernel)).map((kernel) => compose(kernel, pointwise, kept));
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

/** Whether a kernel is one that others can compute themselves, wherever it is read. */
function mayDisappear(kernel: Kernel, readers: readonly Reader[], pointwise: Pointwise): boolean {
  const own = pointwise.get(kernel);
  if (own === undefined || kernel.spec.family === 'reduce' || readers.length === 0) return false;
  return readers.every(
    ({ kernel: reader, read }) => pointwise.has(reader) && (own.isFree || !isStretched(read)),
  );
}

/** What a kernel would be made of, and read, if everything that is not kept were written into its readers. */
interface Whole {
  readonly members: ReadonlySet<Kernel>;
  readonly reads: readonly Read[];
}

/** Adds kernels to `kept` for which being written into their readers does not work or does not pay. */
function keepMore(
  kernels: readonly Kernel[],
  pointwise: Pointwise,
  readers: Readers,
  kept: Set<Source>,
): void {
  const ends = endsOf(kernels, readers, kept);
  const inlined = new Map<Source, Whole>();
  for (const kernel of kernels) {
    const own = pointwise.get(kernel);
    if (own === undefined) continue;
    const whole = assemble(kernel, inlined, pointwise, kept);
    if (!kept.has(kernel) && !own.isFree && !pays(kernel, whole, ends.get(kernel)!, pointwise))
      kept.add(kernel);
    if (!kept.has(kernel) || own.isFree) inlined.set(kernel, whole);
  }
}

/**
 * The kernels in which what a kernel computes ends up, through readers that disappear themselves; of more than three
 * only some.
 */
function endsOf(
  kernels: readonly Kernel[],
  readers: Readers,
  kept: ReadonlySet<Source>,
): ReadonlyMap<Source, ReadonlySet<Kernel>> {
  const ends = new Map<Source, Set<Kernel>>();
  for (let i = kernels.length - 1; i >= 0; i--) {
    const found = new Set<Kernel>();
    for (const { kernel: reader } of readers.get(kernels[i]) ?? []) {
      if (kept.has(reader)) found.add(reader);
      else for (const end of ends.get(reader)!) found.add(end);
      if (found.size > 3) break;
    }
    ends.set(kernels[i], found);
  }
  return ends;
}

function assemble(
  kernel: Kernel,
  inlined: ReadonlyMap<Source, Whole>,
  pointwise: Pointwise,
  kept: Set<Source>,
): Whole {
  const members = new Set([kernel]);
  const reads: Read[] = [];
  for (const read of kernel.reads) {
    const inner = inlined.get(read.source);
    if (inner === undefined) {
      addRead(reads, read);
      continue;
    }
    const moved = movedReads(inner, read, pointwise);
    const size = members.size + inner.members.size;
    if (moved !== undefined && size <= limits.members && reads.length + moved.length <= limits.reads) {
      inner.members.forEach((member) => members.add(member));
      moved.forEach((one) => {
        addRead(reads, one);
      });
    } else {
      kept.add(read.source);
      addRead(reads, read);
    }
  }
  // A reduction knows by what it reads what it runs over.
  if (kernel.spec.family === 'reduce' && reads.length === 0)
    kernel.reads.forEach(({ source }) => kept.add(source));
  return { members, reads };
}

function addRead(reads: Read[], read: Read): void {
  if (!reads.some((other) => isSameRead(other, read))) reads.push(read);
}

/** What a kernel reads, in the order in which a reader sees the kernel; undefined where no layout gives that order. */
function movedReads(
  { members, reads }: Whole,
  { moves }: Read,
  pointwise: Pointwise,
): readonly Read[] | undefined {
  if (moves.length === 0) return reads;
  for (const member of members) if (pointwise.get(member)!.usesCoordinates) return undefined;
  const moved = reads.map((read) => readAfter(read, moves));
  return moved.some((read) => read === undefined) ? undefined : (moved as readonly Read[]);
}

/** Whether a kernel had better be computed where it is read. */
function pays(
  { signature }: Kernel,
  { members, reads }: Whole,
  ends: ReadonlySet<Kernel>,
  pointwise: Pointwise,
): boolean {
  if (ends.size === 1) return true;
  if (reads.some(({ source }) => isKernel(source) && source.spec.family === 'matmul')) return false;
  const size = sizeOf(signature.shape);
  const large = reads.filter(({ source }) => sizeOf(source.signature.shape) >= size).length;
  let cost = 0;
  for (const member of members) cost += pointwise.get(member)!.cost;
  return (large <= 1 && cost <= 4) || (ends.size === 2 && large === 2 && cost <= 2);
}
