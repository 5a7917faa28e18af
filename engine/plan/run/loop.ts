/**
 * One step of a loop, compiled, with what the loop carries from step to step staying in the plan's memory: between two
 * steps nothing is copied, and no tensor is made of it until somebody reads it.
 */
import { UsageError } from '../../core/errors.js';
import { Tensor, concrete, liveScopes } from '../../core/tensor.js';
import { type Path, flatten, leavesByPath, leavesOf, mapTree } from '../../core/tree.js';
import type { Strided, TypedArray } from '../../ir/kernel.js';
import type { Step } from '../../ir/plan.js';
import { type Caller, callerOf, inCarry, requirePair } from './caller.js';
import type { BackendOptions, Compilation } from './backends.js';
import { makeCompiler } from './planCache.js';
import { fill } from './boundPlan.js';
import { Resident } from './resident.js';
import { type Structure, build, difference, partOf, placesByPath } from '../trace/structure.js';

export interface Stepper<Carry, Args extends readonly unknown[], Out> {
  /** Begins a loop. The carry that is given is read, never written to. */
  start(carry: Carry): Loop<Carry, Args, Out>;
  /** One for each structure of arguments that occurred. */
  readonly plans: readonly Compilation[];
}

export interface Loop<Carry, Args extends readonly unknown[], Out> {
  /** As the last step left it. What has been read here keeps its numbers whatever happens later. */
  readonly carry: Carry;
  /** One step; returns what it puts out. */
  step(...args: Args): Out;
}

/**
 * Compiles `step(carry, ...args) -> [carry, out]` for all loops that it may be the step of. Loops may take turns: one that
 * steps has its carry in the plan's memory, and the one that had it there before takes a copy along. Arguments may
 * change their shapes within a loop: each structure has a plan, and the carry moves from one to the other.
 *
 * Inside of a gradient and of another compiled function, and while operations are observed, `step` runs as it is.
 * @param caller Whom errors name.
 * @throws UsageError where `compile` does, if a step returns a carry of another structure, and whenever a loop is used after
 * a step that threw halfway, unless its carry had been read before that step.
 */
export function compileStepper<Carry, Args extends readonly unknown[], Out>(
  step: (carry: Carry, ...args: Args) => readonly [Carry, Out],
  options: BackendOptions = {},
  caller: Caller = callerOf('compile', step, ['the carry']),
): Stepper<Carry, Args, Out> {
  const paired = (carry: Carry, ...args: Args): readonly [Carry, Out] =>
    requirePair(caller, step(carry, ...args));
  const compiler = makeCompiler(caller, paired, { ...options, donate: [0] });
  const layouts = new WeakMap<Compilation, CarryLayout>();
  const layoutIn = (plan: Compilation): CarryLayout => {
    const layout = layouts.get(plan) ?? carryLayout(caller.name, plan);
    layouts.set(plan, layout);
    return layout;
  };
  /** For each plan the loop whose carry lies in its memory: how that loop takes leave. */
  const occupants = new WeakMap<Compilation, () => void>();

  const start = (initial: Carry): Loop<Carry, Args, Out> => {
    // The carry moves between plans by paths, so no two tensors may share one.
    leavesByPath(initial);
    /** Shapes and dtypes of the carry, for finding plans. */
    const outline = mapTree(initial, ({ shape, dtype }) => new Tensor(shape, dtype, { variable: -1 }));
    /** The carry as tensors; null until they are read after a step. */
    let tensors: Carry | null = initial;
    /** The plan in whose memory the carry lies; null where it is in tensors only. */
    let home: Compilation | null = null;

    const carry = (): Carry => {
      if (tensors === null && home === null)
        throw new UsageError(
          `${caller.name}: the last step threw after it had written over part of its carry, which had not been read before ` +
            'that step; start again from a copy that you kept.',
        );
      return (tensors ??= build(layoutIn(home!).after, home!.program.tensor) as Carry);
    };
    const isTracked = (): boolean =>
      tensors !== null && flatten(tensors).some((tensor) => liveScopes(tensor) !== 0);
    const leave = (): void => {
      carry();
      if (home !== null) occupants.delete(home);
      home = null;
    };
    const moveTo = (plan: Compilation): void => {
      const placeOf = (path: Path): TypedArray => plan.program.argument(layoutIn(plan).places.get(path)!);
      if (tensors !== null)
        for (const { path, tensor } of leavesOf(tensors)) fill(placeOf(path), numbersOf(tensor));
      else
        for (const [path, place] of layoutIn(home!).places) placeOf(path).set(home!.program.argument(place));
      if (home !== null) occupants.delete(home);
      home = plan;
      occupants.set(plan, leave);
    };

    return {
      get carry() {
        return carry();
      },
      step(...args) {
        const given: Tensor[] = [];
        const plan = isTracked() ? undefined : compiler.find([outline, ...args], given, home ?? undefined);
        if (plan === undefined) {
          const [after, out] = paired(carry(), ...args);
          leave();
          tensors = after;
          return out;
        }
        const { program } = plan;
        const { size, out, overwritesEarly } = layoutIn(plan);
        // A carry that is lost is no beginning.
        if (home === null) carry();
        if (plan !== home) occupants.get(plan)?.();
        program.load(given, size);
        if (plan !== home) moveTo(plan);
        try {
          program.execute();
        } catch (error) {
          if (overwritesEarly && plan.gpu === undefined) {
            occupants.delete(plan);
            home = null;
          }
          throw error;
        }
        tensors = null;
        return build(out, program.tensor) as Out;
      },
    };
  };
  return { start, plans: compiler.plans };
}

/** Where a plan has what is carried, and what else it returns. */
interface CarryLayout {
  /** How many tensors are carried; they are the first arguments and the first results. */
  readonly size: number;
  /** The number of the argument at each path of the carry; the result is written over it. */
  readonly places: ReadonlyMap<Path, number>;
  readonly after: Structure;
  readonly out: Structure;
  /** Whether a step that throws at an index may have written over some of the carry by then. */
  readonly overwritesEarly: boolean;
}

function carryLayout(
  name: string,
  { structure, result, steps: { inputs, steps } }: Compilation,
): CarryLayout {
  const [before, after] = [partOf(structure, 0), partOf(result, 0)];
  const changed = difference(before, after, inCarry);
  if (changed !== undefined)
    throw new UsageError(
      `${name}: what a step hands to the next must keep its structure, but ${changed}; return it with the shapes and dtypes it came with.`,
    );
  const places = placesByPath(before);
  const overwritesEarly = steps
    .slice(0, Math.max(0, lastCheck(steps)))
    .some(({ outputs }) => outputs.some((buffer) => inputs.includes(buffer)));
  return { size: places.size, places, after, out: partOf(result, 1), overwritesEarly };
}

/** The number of the last step that may throw at an index: one whose indices no step before it has checked; -1 if none. */
function lastCheck(steps: readonly Step[]): number {
  const checked = new Set<string>();
  return steps.reduce((last, { spec, inputs: [values, indices], signature }, i) => {
    if (spec.family !== 'index') return last;
    const { shape } = spec.access === 'gather' ? values : signature;
    const written = steps.slice(0, i).findLastIndex(({ outputs }) => outputs.includes(indices.buffer));
    const key = JSON.stringify([indices, written, shape[spec.axis]]);
    const isNew = !checked.has(key);
    checked.add(key);
    return isNew ? i : last;
  }, -1);
}

/** The numbers of a tensor, of one in another plan's memory as they lie there. */
function numbersOf(tensor: Tensor): Strided {
  const value = concrete(tensor, 'step');
  return value instanceof Resident ? value.present() : value;
}
