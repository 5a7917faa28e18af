/** The operation `cond`: one of two closed plans, whose gradient is one of the two transposed plans. */
import { runInside } from '../../core/inside.js';
import { dispatchMulti, noDependence } from '../../core/siblings.js';
import { type Tensor, concrete } from '../../core/tensor.js';
import { readIn } from '../../plan/trace/deadCode.js';
import {
  type Choice,
  type ControlOperation,
  type Plan,
  evaluatePlan,
  makePlan,
} from '../../plan/trace/plan.js';
import { traceClosed } from '../../plan/trace/trace.js';
import { cutInside, cutsOf } from '../flow.js';
import { pullPlan } from '../pullPlan.js';
import { marksKey, remembered } from '../remembered.js';
import { batchChoice } from './batch.js';

export const condOperation: ControlOperation<Choice> = {
  name: 'cond',
  signatures: (_, { branches: [{ outputs }] }) => outputs.map(({ shape, dtype }) => ({ shape, dtype })),

  compute([predicate, ...operands], { branches }) {
    const { data, offset } = concrete(predicate, 'cond');
    const [branch, place] = data[offset] === 0 ? [branches[1], 'second'] : [branches[0], 'first'];
    return runInside(`the ${place} function of cond`, () => evaluatePlan(branch, operands));
  },

  inWords: () => 'the VJP of the branch that was taken',

  cut({ branches }, result, input) {
    if (input === 0) return 'it only chooses a branch';
    const cuts = branches.map((branch) => cutsOf(branch)[result][input - 1]);
    if (cuts.includes(null)) return null;
    const reasons = new Set(cuts.filter((cut) => cut !== noDependence));
    return reasons.size === 0 ? noDependence : cutInside('a branch', [...reasons].join(' and '));
  },

  apply: (inputs, choice) => dispatchMulti(condOperation, inputs, choice),

  batch: (inputs, choice, size) =>
    batchChoice(inputs, choice, size, (x, batched) => condOperation.apply(x, batched)),

  pull(cotangents, { inputs: [predicate, ...operands], params: { branches } }, wanted) {
    const has = cotangents.map((g) => g !== undefined);
    const back = transposed(branches, has, wanted.slice(1));
    const given = cotangents.filter((g) => g !== undefined);
    const read = operands.filter((_, i) => back.isRead[i]);
    const pulled = condOperation.apply([predicate, ...given, ...read], {
      kind: 'choice',
      branches: back.branches,
    });
    let next = 0;
    return wanted.map((isWanted) => (isWanted ? pulled[next++] : undefined));
  },
};

interface Transposed {
  /** They read the cotangents that there are, then operands, and give the gradients that are wanted. */
  readonly branches: readonly [Plan, Plan];
  /** The operands that one of them reads. */
  readonly isRead: readonly boolean[];
}

const known = remembered<Transposed>();

const transposed = (
  branches: Choice['branches'],
  has: readonly boolean[],
  wanted: readonly boolean[],
): Transposed => known(branches, marksKey(has, wanted), () => transpose(branches, has, wanted));

function transpose(
  [first, second]: Choice['branches'],
  has: readonly boolean[],
  wanted: readonly boolean[],
): Transposed {
  const plans = [pulledBack(first, has, wanted), pulledBack(second, has, wanted)] as const;
  const count = has.filter(Boolean).length;
  const readers = plans.map(readIn);
  const isRead = wanted.map((_, i) => plans.some(({ inputs }, k) => readers[k].has(inputs[count + i].id)));
  const reading = (plan: Plan): Plan =>
    makePlan({ ...plan, inputs: plan.inputs.filter((_, i) => i < count || isRead[i - count]) });
  return { branches: [reading(plans[0]), reading(plans[1])], isRead };
}

/** The vector-Jacobian product of a branch, zeros where it does not depend on what is wanted. */
function pulledBack(branch: Plan, has: readonly boolean[], wanted: readonly boolean[]): Plan {
  const { inputs, outputs } = branch;
  const given = outputs.flatMap((_, k) => (has[k] ? [k] : []));
  const free = inputs.flatMap((_, i) => (wanted[i] ? [i] : []));
  const pull = (tensors: readonly Tensor[]): readonly Tensor[] =>
    pullPlan(branch, tensors.slice(given.length), free, given, tensors.slice(0, given.length));
  const signatures = [...given.map((k) => outputs[k]), ...inputs];
  return traceClosed('cond', signatures, pull, (results) => results).plan;
}
