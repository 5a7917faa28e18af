/** Traces and lowers a function for one structure of arguments: the input of every backend. */
import { callSite } from '../../core/callSite.js';
import { ownTypedArray } from '../../core/create.js';
import { UsageError } from '../../core/errors.js';
import { type AnyFunction, type Caller, argumentAt } from './caller.js';
import type { LoweredPlan } from '../../ir/plan.js';
import type { Alias } from '../memory/donate.js';
import { formatSignature } from '../trace/format.js';
import { type MemoryUse, formatMemory } from '../memory/memory.js';
import { aliasesOf } from '../memory/aliases.js';
import type { Literal, Plan } from '../trace/plan.js';
import { requirePlain } from '../trace/plain.js';
import { printSteps } from '../memory/printSteps.js';
import { type PassReport, runPasses } from '../passes.js';
import { firstDifference } from '../trace/retrace.js';
import { type Leaf, type Structure, build, difference, structureOf } from '../trace/structure.js';
import { type TraceHooks, traceLeaves } from '../trace/trace.js';

/** A traced and lowered function, which a backend compiles. */
export interface LoweredFunction {
  /** As in `compile(f)`. */
  readonly name: string;
  /** The structure of its arguments. */
  readonly structure: Structure;
  /** The name of each tensor of the arguments in errors. */
  readonly inputNames: readonly string[];
  readonly result: Structure;
  /** What is computed, simplified. */
  readonly plan: Plan;
  /** How: the kernels over numbered buffers. */
  readonly steps: LoweredPlan;
  /** The results that are written over donated arguments. */
  readonly aliases: readonly Alias[];
  readonly memory: MemoryUse;
  /** Throws if the function is traced to another plan now. */
  recheck(call: number): void;
}

export interface BuildOptions {
  /** The positions of the arguments that results are written over. */
  readonly donate?: readonly number[] | undefined;
  /** Receives a plan after each pass; `plan` is as in `compile(f)`. */
  readonly onPass?: ((plan: string, report: PassReport) => void) | undefined;
}

/** Takes a function through all passes. */
export function buildPlan(
  caller: Caller,
  f: AnyFunction,
  structure: Structure,
  args: readonly Leaf[],
  { donate = [], onPass }: BuildOptions,
): LoweredFunction {
  const { name } = caller;
  const inputNames = args.map(({ path }) => argumentAt(caller, path));
  const signatures = args.map(({ tensor: { shape, dtype } }) => ({ shape, dtype }));
  const outputs: Leaf[] = [];
  const retrace = (
    leaves: Leaf[],
    hooks?: TraceHooks,
  ): { readonly plan: Plan; readonly result: Structure } => {
    let result: Structure | undefined;
    const { plan } = traceLeaves(
      name,
      signatures,
      (tensors) => f(...(build(structure, (leaf) => tensors[leaf]) as never[])),
      (data) => {
        result = structureOf(name, data, leaves);
        requirePlain(name, result, (path) => (path === '' ? 'the result' : `the result's ${path}`));
        return leaves.map(({ tensor }) => tensor);
      },
      { onLiteral: refuseCaptured(name), ...hooks },
    );
    return { plan, result: result! };
  };
  const { plan: first, result } = retrace(outputs);
  const traced = { ...first, literals: first.literals.map(copied) };
  const aliases = aliasesOf(args, outputs, donate);
  const { plan, lowered, memory } = runPasses(
    traced,
    aliases,
    onPass &&
      ((report) => {
        onPass(name, report);
      }),
  );

  const recheck = (call: number): void => {
    const now = retrace([]);
    const changed = firstDifference(traced, now.plan);
    if (changed !== undefined) {
      let site = '';
      retrace([], {
        onEquation: (index) => {
          if (index === changed.equation) site = callSite();
        },
      });
      throw frozen(name, call, changed.what, site);
    }
    const data = difference(result, now.result, (path) => (path === '' ? 'it' : path));
    if (data !== undefined) throw frozen(name, call, `of what is returned, ${data}`, '');
  };
  return { name, structure, inputNames, result, plan, steps: lowered, aliases, memory, recheck };
}

/** A literal with a copy of its array, so that a later change of that array is detected. */
const copied = ({ variable, tensor }: Literal): Literal => ({
  variable,
  tensor: ownTypedArray(tensor.toTypedArray(), tensor.shape),
});

/** Where it runs, the memory, and one line a step. */
export const printLowered = ({ name, memory, steps }: LoweredFunction, place: string): string =>
  `${name} on ${place}, ${formatMemory(memory)}\n${printSteps(steps)}`;

const refuseCaptured =
  (name: string): NonNullable<TraceHooks['onLiteral']> =>
  (tensor, captured, reader) => {
    if (!captured) return;
    const site = callSite();
    throw new UsageError(
      `${name}: ${reader === undefined ? 'the function returns' : `${reader.name} reads`} ${formatSignature(tensor)}, which is not an ` +
        `argument${site === '' ? '' : ` (${site})`}; its numbers would be frozen into the plan. Pass it as an argument, or ` +
        'make it inside of the function if it never changes.',
    );
  };

const frozen = (name: string, call: number, what: string, site: string): UsageError =>
  new UsageError(
    `${name}: at call ${call} the function is not what was compiled: ${what}${site === '' ? '' : ` (${site})`}. A plan keeps ` +
      'what was a JavaScript value when the function was traced; pass what changes as an argument, numbers that change at every call as tensors.',
  );
