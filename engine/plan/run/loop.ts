/**
 * One step of a loop, compiled, with what the loop carries from step to step staying in the plan's memory: between two
 * steps nothing is copied, and no tensor is made of it until somebody reads it.
 */
import { allocate, toTypedArray } from '../../ir/array.js';
import { ownTypedArray } from '../../core/create.js';
import { isObserved } from '../../core/dispatch.js';
import { UsageError } from '../../core/errors.js';
import { isContiguous, sizeOf } from '../../ir/layout.js';
import { Tensor, concrete, liveScopes } from '../../core/tensor.js';
import { type Path, byPath, mapTree } from '../../core/tree.js';
import type { Strided, TypedArray } from '../../ir/kernel.js';
import { overwritesEarly } from '../memory/earlyWrites.js';
import type { BackendOptions, Compilation } from './backends.js';
import { fill } from './boundPlan.js';
import { type Caller, callerOf, inCarry, requirePair } from './caller.js';
import { compiledPlans } from './planCache.js';
import { Resident } from './resident.js';
import { type Loop, type Step, type Stepper, eagerStepper, requireParts } from './stepper.js';
import {
  type Leaf,
  type Structure,
  build,
  difference,
  leafNumbers,
  leavesIn,
  partOf,
  signaturesOf,
  structureOf,
} from '../trace/structure.js';

/**
 * Compiles `step(carry, ...args) -> [carry, out]` for all loops that it may be the step of. Loops may take turns: one that
 * steps has its carry in the plan's memory, and evicts the one that had it there before, which keeps a copy. Arguments may
 * change their shapes within a loop: each structure has a plan, and the carry moves from one to the other.
 *
 * Inside of a gradient and of another compiled function, and while operations are observed, `step` runs eagerly.
 * @param caller The function that errors name.
 * @throws UsageError where `compile` does, if a step returns a carry of another structure, and whenever a loop is used after
 * a step that threw halfway, unless its carry had been read before that step.
 */
export function compileStepper<Carry, Args extends readonly unknown[], Out>(
  step: Step<Carry, Args, Out>,
  options: BackendOptions = {},
  caller: Caller = callerOf('compile', step, ['the carry']),
): Stepper<Carry, Args, Out> {
  const paired: Step<Carry, Args, Out> = (carry, ...args) => requirePair(caller, step(carry, ...args));
  const eager = eagerStepper(step, caller);
  const cache = compiledPlans(caller, paired, { ...options, donate: [0] });
  const layouts = new WeakMap<Compilation, CarryLayout>();
  const layoutIn = (plan: Compilation): CarryLayout => {
    let layout = layouts.get(plan);
    if (layout === undefined) layouts.set(plan, (layout = carryLayout(caller.name, plan)));
    return layout;
  };
  /** For each plan whose memory holds the carry of a loop: evicts that loop. */
  const occupants = new WeakMap<Compilation, () => void>();

  const start: Stepper<Carry, Args, Out>['start'] = (initial, { donate = false } = {}) => {
    const leaves: Leaf[] = [];
    const structure = structureOf(caller.name, initial, leaves);
    // The carry moves between plans by paths, so no two tensors may share one.
    byPath(leaves, caller.name);
    /** The carry with shapes and dtypes of its tensors alone, for finding plans. */
    const outline = build(structure, (leaf) => {
      const { shape, dtype } = leaves[leaf].tensor;
      return new Tensor(shape, dtype, { variable: -1 });
    });
    /** The carry as tensors; null until it is read after a step. */
    let held: { readonly carry: Carry } | null = { carry: initial };
    /** Whether its tensors are still the donated ones. */
    let isDonated = donate;
    /** The plan in whose memory the carry is stored; null where it is in tensors only. */
    let home: Compilation | null = null;

    const carry = (): Carry => {
      if (held === null && home === null)
        throw new UsageError(
          `${caller.name}: the last step threw after it had written over part of its carry, which had not been read before ` +
            'that step; start again from a copy that you kept.',
        );
      held ??= { carry: build(layoutIn(home!).after, home!.bound.tensor) as Carry };
      return held.carry;
    };
    const isTracked = (): boolean =>
      held !== null && leavesIn(caller.name, held.carry).some(({ tensor }) => liveScopes(tensor) !== 0);
    const leave = (): void => {
      carry();
      if (home !== null) occupants.delete(home);
      home = null;
    };
    const settleIn = (plan: Compilation): void => {
      if (home !== null) occupants.delete(home);
      home = plan;
      occupants.set(plan, leave);
    };
    const moveTo = (plan: Compilation): void => {
      const placeOf = (path: Path): TypedArray => plan.bound.argument(layoutIn(plan).places.get(path)!);
      if (held !== null)
        for (const { path, tensor } of leavesIn(caller.name, held.carry))
          fill(placeOf(path), numbersOf(tensor));
      else for (const [path, place] of layoutIn(home!).places) placeOf(path).set(home!.bound.argument(place));
      settleIn(plan);
    };
    /** Brings the arguments into a plan's memory, and the carry unless it is there. */
    const enter = (plan: Compilation, { size, places }: CarryLayout, args: Tensor[]): void => {
      // Refuses to continue after a half-finished step.
      if (home === null) carry();
      if (plan !== home) occupants.get(plan)?.();
      if (isDonated && held !== null) {
        for (const { path, tensor } of leavesIn(caller.name, held.carry)) args[places.get(path)!] = tensor;
        plan.bound.load(args);
        settleIn(plan);
        isDonated = false;
        return;
      }
      plan.bound.load(args, size);
      if (plan !== home) moveTo(plan);
    };
    const loseCarry = (plan: Compilation): void => {
      occupants.delete(plan);
      home = null;
    };
    const eagerly = (run: (loop: Loop<Carry, Args, Out>) => Out): Out => {
      const loop = eager.start(carry());
      const out = run(loop);
      leave();
      held = { carry: loop.carry };
      isDonated = false;
      return out;
    };

    return {
      get carry() {
        return carry();
      },
      step(...args) {
        const operands: Tensor[] = [];
        const plan = isTracked() ? undefined : cache.find([outline, ...args], operands, home ?? undefined);
        if (plan === undefined) return eagerly((loop) => loop.step(...args));
        const layout = layoutIn(plan);
        enter(plan, layout, operands);
        try {
          plan.bound.execute();
        } catch (error) {
          if (layout.overwritesEarly && plan.gpu === undefined) loseCarry(plan);
          throw error;
        }
        held = null;
        return build(layout.out, plan.bound.tensor) as Out;
      },
      steps(n, ...args) {
        const [items, ...rest] = args;
        const parts = requireParts(caller, n, items).map(({ tensor }) => tensor);
        const each = (loop: Loop<Carry, Args, Out>): Out => loop.steps(n, ...args);
        if (isObserved() || isTracked() || parts.some((tensor) => liveScopes(tensor) !== 0))
          return eagerly(each);
        const rows = parts.map((tensor) => rowsOf(tensor, caller));
        let next = 0;
        const first = mapTree(items, (tensor) => ownTypedArray(rows[next++](0), tensor.shape.slice(1)));
        const operands: Tensor[] = [];
        const plan = cache.find([outline, first, ...rest], operands, home ?? undefined);
        if (plan === undefined) return eagerly(each);
        enter(plan, layoutIn(plan), operands);
        try {
          const out = runRows(n, plan, rows);
          held = null;
          return out as Out;
        } catch (error) {
          loseCarry(plan);
          throw error;
        }
      },
    };
  };
  return { start, plans: cache.plans };
}

/** The parts of a tensor along its first axis. */
function rowsOf(tensor: Tensor, { by }: Caller): (k: number) => TypedArray {
  const view = concrete(tensor, by);
  const [data, start] = isContiguous(view) ? [view.data, view.offset] : [toTypedArray(view), 0];
  const size = sizeOf(tensor.shape.slice(1));
  return (k) => data.subarray(start + k * size, start + (k + 1) * size);
}

/** Runs a plan, whose arguments are loaded, for each row; returns the outputs, stacked. */
function runRows(
  n: number,
  { bound, structure, result }: Compilation,
  rows: readonly ((k: number) => TypedArray)[],
): unknown {
  const inputs = signaturesOf(partOf(structure, 1));
  const stacks = signaturesOf(partOf(result, 1)).map(({ leaf, signature: { shape, dtype } }) => {
    const size = sizeOf(shape);
    return { leaf, shape, size, data: allocate(dtype, n * size) };
  });
  bound.executeMany(
    n,
    inputs.map(({ leaf }, i) => ({ input: leaf, row: rows[i] })),
    stacks.map(({ leaf, size, data }) => ({
      output: leaf,
      store(k, numbers) {
        data.set(toTypedArray(numbers), k * size);
      },
    })),
  );
  const stacked = new Map(stacks.map(({ leaf, shape, data }) => [leaf, ownTypedArray(data, [n, ...shape])]));
  return build(partOf(result, 1), (leaf) => stacked.get(leaf)!);
}

/** Where a plan stores the carry, and what else it returns. */
interface CarryLayout {
  /** The number of carried tensors; they are the first arguments and the first results. */
  readonly size: number;
  /** The number of the argument at each path of the carry; the result is written over it. */
  readonly places: ReadonlyMap<Path, number>;
  readonly after: Structure;
  readonly out: Structure;
  /** Whether a step that throws at an index may have written over some of the carry by then. */
  readonly overwritesEarly: boolean;
}

function carryLayout(name: string, { structure, result, steps }: Compilation): CarryLayout {
  const [before, after] = [partOf(structure, 0), partOf(result, 0)];
  const changed = difference(before, after, inCarry);
  if (changed !== undefined)
    throw new UsageError(
      `${name}: the carry goes from step to step, so it must keep its structure, but ${changed}. Return it with the shapes and dtypes it came with.`,
    );
  const places = leafNumbers(before);
  return {
    size: places.size,
    places,
    after,
    out: partOf(result, 1),
    overwritesEarly: overwritesEarly(steps),
  };
}

/** The elements of a tensor, without a copy where they are in another plan's memory. */
function numbersOf(tensor: Tensor): Strided {
  const value = concrete(tensor, 'step');
  return value instanceof Resident ? value.present() : value;
}
