/**
 * The passes that turn a traced function into the stages of a backend, each from the form that the one before left.
 * A plan of equations becomes a graph of kernels, the graph a list of steps over buffers, and the list stages in memory.
 */
import type { LoweredPlan, SerialPlan } from '../ir/plan.js';
import { numberBuffers } from './fuse/buffers.js';
import { foldConstants } from './fuse/constants.js';
import { fuseEpilogues } from './fuse/epilogue.js';
import { fuseMaps } from './fuse/fuse.js';
import { type Graph, throughout } from './fuse/graph.js';
import { graphOf } from './fuse/lower.js';
import { fuseSiblings } from './fuse/siblings.js';
import { writePartsInPlace } from './memory/concat.js';
import { type Alias, inPlace, settle } from './memory/donate.js';
import { type MemoryUse, formatMemory, planMemory } from './memory/memory.js';
import { printSteps } from './memory/printSteps.js';
import { inStages } from './memory/stages.js';
import { kernelsOf } from '../ir/control.js';
import { shareProducts } from './simplify/share.js';
import { simplify } from './simplify/simplify.js';
import { transposeProducts } from './simplify/transposeProducts.js';
import { withoutDeadCode } from './trace/deadCode.js';
import { type Plan, isControl, makePlan, throughout as throughoutPlan } from './trace/plan.js';

/** A plan between two passes; forms that no pass has produced yet are empty. */
export interface Draft {
  /** The equations. */
  readonly plan: Plan;
  readonly graph: Graph;
  readonly serial: SerialPlan;
  readonly memory: MemoryUse;
  readonly lowered: LoweredPlan;
}

/** The traced function, and the results that are written over arguments. */
interface CompilerInput {
  readonly traced: Plan;
  readonly aliases: readonly Alias[];
}

interface Pass {
  readonly name: string;
  readonly run: (draft: Draft, from: CompilerInput) => Partial<Draft>;
}

export const passes = [
  { name: 'trace', run: (_, { traced }) => ({ plan: traced }) },
  { name: 'simplify', run: ({ plan }) => ({ plan: simplify(plan) }) },
  { name: 'loops', run: ({ plan }) => ({ plan: ofLoops(plan) }) },
  { name: 'transpose', run: ({ plan }) => ({ plan: throughoutPlan(transposeProducts)(plan) }) },
  { name: 'lower', run: ({ plan }) => ({ graph: graphOf(plan) }) },
  { name: 'fuse', run: ({ graph }) => ({ graph: throughout(fuseMaps)(graph) }) },
  { name: 'epilogue', run: ({ graph }) => ({ graph: throughout(fuseEpilogues)(graph) }) },
  { name: 'constants', run: ({ graph }) => ({ graph: throughout(foldConstants)(graph) }) },
  { name: 'siblings', run: ({ graph }) => ({ graph: throughout(fuseSiblings)(graph) }) },
  { name: 'buffers', run: ({ graph }) => ({ serial: serialOf(graph) }) },
  { name: 'concat', run: ({ serial }) => ({ serial: writePartsInPlace(serial) }) },
  { name: 'donate', run: ({ serial }, { aliases }) => ({ serial: inPlace(serial, aliases) }) },
  { name: 'memory', run: ({ serial }) => ({ memory: planMemory(serial) }) },
  { name: 'stages', run: ({ serial, memory }) => ({ lowered: inStages(serial, memory) }) },
] as const satisfies readonly Pass[];

/** The plan after a pass. */
export interface PassReport {
  readonly pass: (typeof passes)[number]['name'];
  /** The number of equations, or of kernels or steps in the later forms, those inside of loops and choices included. */
  readonly size: number;
  /** One line for each of them. */
  toString(): string;
}

/**
 * Takes a traced function through every pass.
 *
 * @param aliases The results that are written over arguments.
 * @param onPass Receives the plan after each pass.
 */
export function runPasses(
  traced: Plan,
  aliases: readonly Alias[] = [],
  onPass?: (report: PassReport) => void,
): Draft {
  let draft = empty;
  for (const { name, run } of passes) {
    const changes: Partial<Draft> = run(draft, { traced, aliases });
    draft = { ...draft, ...changes };
    onPass?.({ pass: name, ...formOf(draft, changes) });
  }
  return draft;
}

/** The size and text of the form that a pass changed. */
function formOf(draft: Draft, { plan, graph, serial, memory }: Partial<Draft>): Omit<PassReport, 'pass'> {
  if (plan !== undefined) return { size: plan.equations.length, toString: () => plan.toString() };
  if (graph !== undefined)
    return { size: kernelsOf(serialOf(graph).steps).length, toString: () => printSerial(serialOf(graph)) };
  const size = kernelsOf(draft.serial.steps).length;
  if (serial !== undefined) return { size, toString: () => printSerial(serial) };
  const text = (): string => (memory === undefined ? printSteps(draft.lowered) : printSerial(draft.serial));
  return { size, toString: () => `${formatMemory(draft.memory)}\n${text()}` };
}

/** What is said of loops as a whole: what of them is needed, computed once for several, and computed outside of them. */
function ofLoops(plan: Plan): Plan {
  if (!plan.equations.some(isControl)) return plan;
  return simplify(withoutDeadCode(throughoutPlan(shareProducts)(plan)), true);
}

/** The steps inside of a step are settled by themselves, the innermost first. */
const serialOf = (graph: Graph): SerialPlan =>
  numberBuffers(graph, (body, targets) => settle(writePartsInPlace(body), targets));

const printSerial = ({ steps, ...plan }: SerialPlan): string =>
  printSteps({ ...plan, stages: steps.map((step) => [step]) });

const noBuffers = { buffers: [], inputs: [], literals: [], outputs: [] };

const empty: Draft = {
  plan: makePlan({ inputs: [], literals: [], equations: [], outputs: [] }),
  graph: { inputs: [], constants: new Map(), groups: [], outputs: [] },
  serial: { ...noBuffers, steps: [] },
  memory: { offsets: [], bytes: 0, lasting: 0, livePeak: 0 },
  lowered: { ...noBuffers, stages: [] },
};
