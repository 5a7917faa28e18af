/**
 * Horizontal fusion: maps of one shape that read the same values, or one another's results, become one pass with several
 * results. So Adam reads gradient, state and parameters once, and what only members of the pass read is never stored.
 */
import { sameShape, sizeOf } from '../../ir/layout.js';
import { type ScalarExpression, everyPart, input, replaceInputs } from '../../ir/expression.js';
import type { MapSpec, StepSpec } from '../../ir/kernel.js';
import {
  type Graph,
  type Kernel,
  type KernelGroup,
  type Read,
  type Source,
  isSameRead,
  isWhole,
} from './graph.js';

/** The most tensors that one pass reads, and the most parts that its expressions have. */
const limits = { reads: 12, parts: 128 };

/** One kernel of a pass. */
interface Member {
  readonly kernel: Kernel;
  readonly spec: KernelGroup['spec'];
  readonly reads: readonly Read[];
}

/** Kernels that run in one pass; most are alone. */
interface Siblings {
  /** The position of the last member, where all of them run. */
  at: number;
  readonly members: Member[];
  /** Reads of values that the group does not compute. */
  readonly reads: Read[];
}

/**
 * The graph with sibling maps in one group. Maps are delayed to the last sibling, so no kernel in between may read their
 * results; no map runs earlier than it would alone, which could prolong the life of its result.
 */
export function fuseSiblings(graph: Graph): Graph {
  const groups = new Map<Source, Siblings>();
  const readers = new Map<Source, Set<Siblings>>();
  const readersOf = (source: Source): ReadonlySet<Siblings> => readers.get(source) ?? new Set();

  const isReadByOthers = (kernel: Kernel): boolean =>
    [...readersOf(kernel)].some((reader) => reader !== groups.get(kernel));
  const groupFor = (map: Member): Siblings | undefined => {
    if (!isMap(map)) return undefined;
    return near(map, groups, readersOf).find(
      (group) => mayJoin(map, group, groups) && !group.members.some(({ kernel }) => isReadByOthers(kernel)),
    );
  };

  graph.groups.forEach(({ kernels: [kernel], spec, reads }, at) => {
    const map: Member = { kernel, spec, reads };
    const group = groupFor(map) ?? { at, members: [], reads: [] };
    group.at = at;
    group.members.push(map);
    groups.set(map.kernel, group);
    for (const read of reads) {
      const others = readers.get(read.source);
      if (others === undefined) readers.set(read.source, new Set([group]));
      else others.add(group);
      if (isForeign(read, group, groups)) group.reads.push(read);
    }
  });
  const returned = new Set(graph.outputs.map(({ source }) => source));
  const joined = [...new Set(groups.values())]
    .sort((a, b) => a.at - b.at)
    .map((group) => assemble(group, (kernel) => returned.has(kernel) || isReadByOthers(kernel)))
    .filter(({ kernels: needed }) => needed.length > 0);
  return { ...graph, groups: joined };
}

const isMap = ({ spec, kernel, reads }: Member): boolean =>
  spec.family === 'map' && reads.every(({ source }) => source.signature.dtype === kernel.signature.dtype);

/** Whether reading something once instead of twice pays. */
const isLarge = ({ source }: Read): boolean => sizeOf(source.signature.shape) > 1;

/** The groups that compute or read what a map reads, the latest first. */
function near(
  { reads }: Member,
  groups: ReadonlyMap<Source, Siblings>,
  readersOf: (source: Source) => ReadonlySet<Siblings>,
): readonly Siblings[] {
  const candidates = new Set<Siblings>();
  for (const read of reads) {
    const writer = groups.get(read.source);
    if (writer !== undefined) candidates.add(writer);
    if (isLarge(read)) readersOf(read.source).forEach((group) => candidates.add(group));
  }
  return [...candidates].sort((a, b) => b.at - a.at);
}

/** Whether a map fits into a group's pass, and saves reading something twice. */
function mayJoin(map: Member, group: Siblings, groups: ReadonlyMap<Source, Siblings>): boolean {
  const [first] = group.members;
  const { shape, dtype } = map.kernel.signature;
  const isAlike =
    isMap(first) && first.kernel.signature.dtype === dtype && sameShape(first.kernel.signature.shape, shape);
  if (!isAlike || partsIn([...group.members, map]) > limits.parts) return false;
  const inside = map.reads.filter(({ source }) => groups.get(source) === group);
  if (!inside.every(isWhole)) return false;
  const foreign = map.reads.filter((read) => isForeign(read, group, groups));
  const isShared = inside.length > 0 || map.reads.some((read) => isLarge(read) && !foreign.includes(read));
  return isShared && group.reads.length + foreign.length <= limits.reads;
}

const partsIn = (members: readonly Member[]): number =>
  members.reduce((sum, { spec }) => sum + everyPart((spec as MapSpec).expression).size, 0);

/** Whether a read is of another group's result, and not among the group's reads yet. */
const isForeign = (read: Read, group: Siblings, groups: ReadonlyMap<Source, Siblings>): boolean =>
  groups.get(read.source) !== group && !group.reads.some((other) => isSameRead(other, read));

/** The siblings as one group; its results are the kernels that others need. */
function assemble({ members, reads }: Siblings, isNeeded: (kernel: Kernel) => boolean): KernelGroup {
  if (members.length === 1) {
    const [{ kernel, ...member }] = members;
    return { kernels: [kernel], spec: member.spec, reads: member.reads };
  }
  const expressions = new Map<Source, ScalarExpression>();
  for (const { kernel, spec, reads: operands } of members) {
    const parts = operands.map(
      (read) => expressions.get(read.source) ?? input(reads.findIndex((other) => isSameRead(other, read))),
    );
    expressions.set(kernel, replaceInputs((spec as MapSpec).expression, parts));
  }
  const kernels = members.map(({ kernel }) => kernel).filter(isNeeded);
  const results = kernels.map((kernel) => expressions.get(kernel)!);
  const spec: StepSpec =
    results.length === 1
      ? { family: 'map', expression: results[0] }
      : { family: 'maps', expressions: results };
  return { kernels, spec, reads };
}
