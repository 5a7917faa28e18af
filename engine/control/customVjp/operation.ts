/** The operation `customVjp`: the plan of a function, whose gradient is taken by another plan. */
import { isFloat } from '../../core/dtype.js';
import { UsageError } from '../../core/errors.js';
import { runInside } from '../../core/inside.js';
import { dispatchMulti, noDependence } from '../../core/siblings.js';
import { type Tensor, liveScopes } from '../../core/tensor.js';
import { zeros } from '../../grad/cotangents.js';
import { formatSignature } from '../../plan/trace/format.js';
import { withoutDeadCode } from '../../plan/trace/deadCode.js';
import { type ControlOperation, type Plan, evaluatePlan, makePlan } from '../../plan/trace/plan.js';
import { add } from '../../primitives/index.js';
import { cutsOf } from '../flow.js';
import { pullPlan } from '../pullPlan.js';
import { batchCustom } from './batch.js';
import type { Custom, Rule } from './rule.js';

export const customOperation: ControlOperation<Custom> = {
  name: 'customVjp',
  signatures: (_, { body }) => body.outputs,
  compute: (inputs, { body }) => runInside('customVjp', () => evaluatePlan(body, inputs)),

  cut({ body, rule: { values, args, targets } }, result, input) {
    const own = input < body.inputs.length ? cutsOf(body)[result][input] : noDependence;
    if (result >= values || input >= args) return own;
    if (!isFloat(body.outputs[result].dtype) || !isFloat(body.inputs[input].dtype)) return own;
    return targets.includes(input) ? null : 'its backward gives this argument no cotangent';
  },

  inWords: () => 'by its backward',

  apply(inputs, custom) {
    const { body, rule, keeps } = custom;
    const { args, targets, values } = rule;
    refuseCaptured(inputs, custom);
    if (keeps || !targets.some((i) => liveScopes(inputs[i]) !== 0))
      return dispatchMulti(customOperation, inputs, custom);
    const kept = [...inputs.slice(0, args), ...inputs.slice(body.inputs.length)];
    const keeping: Custom = { kind: 'inline', body: rule.forward, rule, keeps: true };
    return customOperation.apply(kept, keeping).slice(0, values);
  },

  batch: (inputs, custom, size) =>
    batchCustom(inputs, custom, size, (x, batched) => customOperation.apply(x, batched)),

  pull(cotangents, { inputs, results, params: { rule } }, wanted) {
    const { forward, values } = rule;
    const gradients: (Tensor | undefined)[] = [];
    const give = (i: number, g: Tensor): void => {
      const before = gradients[i];
      gradients[i] = before === undefined ? g : add(before, g);
    };
    if (cotangents.slice(0, values).some((g) => g !== undefined)) {
      const given = floatsAmong(forward, values).map((k) => cotangents[k] ?? zeros(results[k]));
      const captured = inputs.slice(forward.inputs.length);
      const { backward, targets } = onlyFor(rule, wanted);
      const pulled = evaluatePlan(backward, [...results.slice(values), ...given, ...captured]);
      targets.forEach((i, j) => {
        gradients[i] = pulled[j];
      });
    }
    pullResiduals(rule, cotangents, inputs, wanted, give);
    return gradients;
  },
};

/** The cotangents by way of the residuals, which gradients of gradients have: those of the function that computed them. */
function pullResiduals(
  { forward, values }: Rule,
  cotangents: readonly (Tensor | undefined)[],
  inputs: readonly Tensor[],
  wanted: readonly boolean[],
  give: (input: number, g: Tensor) => void,
): void {
  const cuts = cutsOf(forward);
  const seeds = cotangents.flatMap((g, k) => (k < values || g === undefined ? [] : [{ g, k }]));
  const free = forward.inputs.flatMap((_, i) =>
    wanted[i] && seeds.some(({ k }) => cuts[k][i] === null) ? [i] : [],
  );
  if (free.length === 0) return;
  const [residuals, given] = [seeds.map(({ k }) => k), seeds.map(({ g }) => g)];
  pullPlan(forward, inputs, free, residuals, given).forEach((g, j) => {
    give(free[j], g);
  });
}

/** The float outputs of a plan among the first `count`. */
export const floatsAmong = ({ outputs }: Plan, count: number): number[] =>
  outputs.flatMap(({ dtype }, k) => (k < count && isFloat(dtype) ? [k] : []));

/** The rule without the cotangents that nobody wants. */
function onlyFor(
  { backward, targets }: Rule,
  wanted: readonly boolean[],
): Pick<Rule, 'backward' | 'targets'> {
  const outputs = backward.outputs.filter((_, j) => wanted[targets[j]]);
  return {
    backward: withoutDeadCode(makePlan({ ...backward, outputs })),
    targets: targets.filter((i) => wanted[i]),
  };
}

/** @throws UsageError if a gradient is being taken through a tensor that the function did not get as an argument. */
function refuseCaptured(inputs: readonly Tensor[], { body, rule, keeps }: Custom): void {
  const cuts = cutsOf(body).slice(0, rule.values);
  for (let i = rule.args; i < body.inputs.length; i++)
    if (liveScopes(inputs[i]) !== 0 && cuts.some((row) => row[i] === null))
      throw new UsageError(
        `customVjp: ${keeps ? 'forward' : 'f'} takes a tensor ${formatSignature(inputs[i])} from outside through which a gradient is being taken, and ` +
          'backward returns cotangents of arguments only. Pass it in as an argument, or hold it fixed by stopGradient.',
      );
}
