import { requireFunction } from '../../core/arguments.js';
import { isObserved } from '../../core/dispatch.js';
import { isFloat } from '../../core/dtype.js';
import { UsageError } from '../../core/errors.js';
import { describe, isFunction, readOptions } from '../../core/options.js';
import { Tensor, liveScopes } from '../../core/tensor.js';
import { zeros } from '../../grad/cotangents.js';
import { formatSignature } from '../../plan/trace/format.js';
import { readIn, withoutDeadCode } from '../../plan/trace/deadCode.js';
import { type Plan, makePlan } from '../../plan/trace/plan.js';
import { type Leaf, type Structure, build, leavesIn, structureOf } from '../../plan/trace/structure.js';
import { traceClosed } from '../../plan/trace/trace.js';
import { type CotangentsOf, checkValue, readCotangents } from './cotangents.js';
import { customOperation } from './operation.js';
import type { Custom, Rule } from './rule.js';

/** A gradient of one's own. */
export interface CustomRule<Args extends readonly unknown[], Value, Residuals> {
  /** `[f(...args), residuals]`: the value, and what the backward pass needs. */
  readonly forward: (...args: Args) => readonly [value: Value, residuals: Residuals];
  /**
   * The cotangents of the arguments, from the cotangent of the value: a list with a tree for each argument, or with null for
   * one that has none. For a single argument that is no array, its tree alone will do. The cotangent is a tree like the value,
   * zeros where nothing was reached.
   */
  readonly backward: (residuals: Residuals, cotangent: Value) => CotangentsOf<Args>;
}

/**
 * `f` with a gradient of its own: where its result is differentiated, `forward` runs in its place, and `backward` gives the
 * vector-Jacobian product. Both are written with the engine's operations, so gradients of any order can be taken of them; `f` alone
 * runs where nothing is differentiated. For gradients that are clipped, reversed, passed straight through a step, or computed in a
 * better way than the steps of f backwards. `gradcheck` compares a rule with f.
 *
 * Arguments are trees of tensors, which have the gradient; anything else among them is handed on. f, forward and backward are
 * traced as those of `scan` and `vmap` are: they read no numbers. Compiled plans hold only their operations.
 * `jax.custom_vjp`, `torch.autograd.Function`.
 * @throws ShapeError, UsageError, naming the path, if forward returns another value than f, or backward no cotangents that fit.
 * @throws UsageError if f uses a tensor from outside through which a gradient is being taken: it would be lost.
 */
export function customVjp<Args extends readonly unknown[], Value, Residuals>(
  f: (...args: Args) => Value,
  rule: CustomRule<Args, Value, Residuals>,
): (...args: Args) => Value {
  requireFunction('customVjp', f, 'a function and its rule {forward, backward}');
  const { forward, backward } = readOptions<CustomRule<Args, Value, Residuals>>(
    'customVjp',
    rule,
    { forward: isFunction, backward: isFunction },
    { required: ['forward', 'backward'] },
  );
  return (...args) => {
    const leaves: Leaf[] = [];
    const structure = structureOf('customVjp', args, leaves);
    const tensors = leaves.map(({ tensor }) => tensor);
    if (!isObserved() && !tensors.some((tensor) => liveScopes(tensor) !== 0)) return f(...args);
    const given = (at: readonly Tensor[]): Args =>
      build(structure, (leaf) => at[leaf]) as readonly unknown[] as Args;

    const start = new Tensor([], 'float32', { variable: 0 }).serial;
    const own = traceClosed('customVjp', tensors, (at) => f(...given(at)), valueLeaves);
    const values: Leaf[] = [];
    const valueStructure = structureOf('customVjp', own.result, values);
    const first = traceClosed(
      'customVjp',
      tensors,
      (at) => splitResult(forward(...given(at)), valueStructure),
      ({ value, residuals }) => [...valueLeaves(value), ...tensorsIn(residuals)],
    );
    const { residuals } = first.result;
    const kept: Leaf[] = [];
    const keptStructure = structureOf('customVjp', residuals, kept);
    const floats = values.filter(({ tensor }) => isFloat(tensor.dtype));
    const second = traceClosed(
      'customVjp',
      [...kept, ...floats].map(({ tensor }) => tensor),
      (at) => {
        let next = kept.length;
        const cotangents = values.map(({ tensor }) => (isFloat(tensor.dtype) ? at[next++] : zeros(tensor)));
        const returned = backward(
          build(keptStructure, (leaf) => at[leaf]) as Residuals,
          build(valueStructure, (leaf) => cotangents[leaf]) as Value,
        );
        return readCotangents(returned, structure, leaves);
      },
      (cotangents) => [...cotangents.values()],
    );
    refuseLeaks(second.captured, start);
    const custom: Custom = {
      kind: 'inline',
      body: own.plan,
      keeps: false,
      rule: {
        ...withoutUnreadResiduals(first.plan, second.plan, values.length),
        args: tensors.length,
        values: values.length,
        targets: [...second.result.keys()],
      },
    };
    const results = customOperation.apply(
      [...tensors, ...own.captured, ...first.captured, ...second.captured],
      custom,
    );
    return build(valueStructure, (leaf) => results[leaf]) as Value;
  };
}

const tensorsIn = (data: unknown): readonly Tensor[] =>
  leavesIn('customVjp', data).map(({ tensor }) => tensor);

function valueLeaves(value: unknown): readonly Tensor[] {
  const tensors = tensorsIn(value);
  if (tensors.length === 0)
    throw new UsageError(
      `customVjp: f returned ${describe(value)}; it returns a tensor or a tree of tensors.`,
    );
  return tensors;
}

function splitResult(
  result: unknown,
  ofF: Structure,
): { readonly value: unknown; readonly residuals: unknown } {
  if (!Array.isArray(result) || result.length !== 2)
    throw new UsageError(`customVjp: forward returned ${describe(result)}; it returns [value, residuals].`);
  const [value, residuals] = result as readonly unknown[];
  checkValue(ofF, structureOf('customVjp', value, []));
  return { value, residuals };
}

/** @throws UsageError for what backward reads of forward's computation, traced since `start`, besides the residuals. */
function refuseLeaks(captured: readonly Tensor[], start: number): void {
  const leak = captured.find(({ value, serial }) => !('data' in value) && serial > start);
  if (leak !== undefined)
    throw new UsageError(
      `customVjp: backward uses a tensor ${formatSignature(leak)} that forward computed and did not return as a residual. Residuals are ` +
        'tensors in plain objects and arrays.',
    );
}

/** The plans of a rule without those residuals that backward does not read. */
function withoutUnreadResiduals(
  forward: Plan,
  backward: Plan,
  values: number,
): Pick<Rule, 'forward' | 'backward'> {
  const read = readIn(backward);
  const residuals = forward.outputs.length - values;
  const isKept = (k: number): boolean => k < 0 || k >= residuals || read.has(backward.inputs[k].id);
  return {
    forward: withoutDeadCode(
      makePlan({ ...forward, outputs: forward.outputs.filter((_, k) => isKept(k - values)) }),
    ),
    backward: makePlan({ ...backward, inputs: backward.inputs.filter((_, k) => isKept(k)) }),
  };
}
