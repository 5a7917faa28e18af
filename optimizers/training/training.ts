import { requireFunction } from '../../engine/core/arguments.js';
import { type Kinds, isBoolean, readOptions, requireKind } from '../../engine/core/options.js';
import { type GradOptions, type Tensor, type TensorTree, UsageError } from '../../engine/index.js';
import { type CompileOption, type Compilation, compileKinds } from '../../engine/plan/run/backends.js';
import { firstState } from '../agreement.js';
import {
  isPaths,
  isTree,
  readBeginning,
  requireHyper,
  requireParameters,
  requireRule,
} from '../arguments.js';
import { applyRule } from '../applyRule.js';
import { type HyperInput, hyperFor, overlaid } from '../hyper.js';
import type { Hyper, Info, Rule, State } from '../rule.js';
import { globalNorm } from '../wrappers/clipping.js';
import { type Loss, type NoBuffers, contextOf, joinInfo, lossAndGrad } from './loss.js';
import { requireBatches } from './provenance.js';
import { type Beginning, type Progress, beginningKinds, keyTensor, numberAfter } from './progress.js';
import { stepperFor } from './stepperFor.js';

export interface TrainingOptions extends GradOptions {
  /** Whether steps are compiled, and for which backend; by default they run eagerly. */
  readonly compile?: CompileOption;
  /** Whether `info` has `gradientNorm`, the global norm of the gradient at each step. */
  readonly gradientNorm?: boolean;
}

const kinds: Kinds<TrainingOptions> = { ...compileKinds, allowZero: isPaths, gradientNorm: isBoolean };

/** A kind of training: one rule and one loss, for any parameters and hyper-parameters. */
export interface Training<P, Batch, Name extends string = string, Buffers extends TensorTree = NoBuffers> {
  /** Starts a run, afresh or from where an earlier one stopped. Arguments are never written to. */
  start(params: P, hyper?: HyperInput<Name>, from?: Beginning<Buffers>): Run<P, Batch, Name, Buffers>;
  /** One for each shape of batches and parameters so far; none if steps run eagerly. */
  readonly plans: readonly Compilation[];
}

/** The observations of an update. */
export interface StepResult {
  /** Before the update. */
  readonly loss: Tensor;
  /** The info of the rule, and of the loss, which may return `[loss, {name: tensor}]`. */
  readonly info: Info;
}

/**
 * One training. If it is compiled, `params`, `state` and `buffers` are copied out of the plan's memory when they are
 * read.
 */
export interface Run<
  P,
  Batch,
  Name extends string = string,
  Buffers extends TensorTree = NoBuffers,
> extends Progress<P, number, Buffers> {
  readonly buffers: Buffers;
  readonly key: number;
  readonly rule: Rule<Name>;
  /** Numbers, tensors and schedules, as passed to `start` and `retune`; missing ones have the rule's initial values. */
  readonly hyper: HyperInput<Name>;
  /** The info of the latest update; empty before the first. */
  readonly info: Info;
  /** One update with the gradient of the loss of a batch. */
  step(batch: Batch): StepResult;
  /** One update for each batch. */
  epoch(batches: Iterable<Batch>): readonly StepResult[];
  /** One update with gradients from elsewhere; returns the info of the rule. */
  apply(grads: P): Info;
  /** Changes hyper-parameters from the next update on; the others stay. */
  retune(hyper: HyperInput<Name>): void;
}

/**
 * Ordinary training: each step replaces parameters, state and buffers by new values.
 *
 * With `compile`, gradient, rule and update are one plan, and parameters, state and buffers stay in its memory from step to
 * step. There is a plan for each shape of `batch` (any tree of tensors; the last, smaller batch of an epoch has its own),
 * which serves all runs: hyper-parameters enter as tensors, so that another learning rate or schedule compiles nothing.
 * Runs may take turns. A loss of NaN or infinity is returned; `trapNonFinite(() => run.step(batch))` names the operation
 * that produced it first.
 *
 * Numbers are those of the eager training to rounding; on the cpu backend to the last bit, except for float32 products of
 * 32^3 multiplications and more, which the eager engine computes in WebAssembly.
 * @throws UsageError where `compile` does: if the loss uses tensors that are not arguments, or numbers that change.
 */
export function training<
  P extends TensorTree,
  Batch,
  Name extends string,
  Buffers extends TensorTree = NoBuffers,
>(
  rule: Rule<Name>,
  loss: Loss<P, Batch, Buffers>,
  options: TrainingOptions = {},
): Training<P, Batch, Name, Buffers> {
  return trainingFor('training', rule, loss, options);
}

/** What a step passes to the next; it stays in a plan's memory. */
interface Carry<P, Buffers> {
  readonly params: P;
  readonly state: State;
  readonly buffers: Buffers;
}

/** The inputs of a step, with a batch or, instead, gradients from elsewhere. */
type Args<P, Batch, Name extends string> = readonly [
  ...[hyper: Hyper<Name>, step: Tensor, key: Tensor],
  ...([batch: Batch] | [batch: undefined, grads: P]),
];

/** `training` under the name of another caller in errors. */
export function trainingFor<P extends TensorTree, Batch, Name extends string, Buffers extends TensorTree>(
  caller: string,
  rule: Rule<Name>,
  loss: Loss<P, Batch, Buffers>,
  options: TrainingOptions,
): Training<P, Batch, Name, Buffers> {
  requireRule(caller, rule);
  requireFunction(caller, loss, 'a loss, a function of parameters and a batch');
  const {
    compile,
    gradientNorm = false,
    ...gradOptions
  } = readOptions<TrainingOptions>(caller, options, kinds, {
    elsewhere: { backend: "A backend is the value of compile, as in {compile: 'wasm'}." },
  });
  const gradientAt = lossAndGrad(caller, loss, gradOptions);
  const trainingStep = (
    { params, state, buffers }: Carry<P, Buffers>,
    ...[hyper, step, key, batch, grads]: Args<P, Batch, Name>
  ): readonly [Carry<P, Buffers>, { readonly loss: Tensor | undefined; readonly info: Info }] => {
    const pass =
      grads === undefined
        ? gradientAt(params, batch as Batch, contextOf(buffers, 'train', key, step))
        : { value: undefined, grad: grads, info: {}, buffers };
    const after = applyRule(rule, { params, grads: pass.grad, state, hyper, step });
    const ofRule: Info = gradientNorm ? { ...after.info, gradientNorm: globalNorm(pass.grad) } : after.info;
    return [
      { params: after.params, state: after.state, buffers: pass.buffers },
      { loss: pass.value, info: joinInfo(caller, ofRule, pass.info) },
    ];
  };
  const argumentNames = ['', 'hyper', 'the number of the step', 'the key', 'the batch', 'the gradient'];
  const stepper = stepperFor(caller, loss, argumentNames, trainingStep, compile);

  const start: Training<P, Batch, Name, Buffers>['start'] = (
    params,
    hyper = {} as HyperInput<Name>,
    from = {},
  ) => {
    const by = caller === 'trainer' ? caller : `${caller}(...).start`;
    const like = requireParameters(by, params);
    const beginning = readBeginning<Beginning<Buffers>>(by, from, beginningKinds);
    const { steps: earlier = 0, key = 0, buffers = {} as Buffers } = beginning;
    const loop = stepper.start({ params, state: firstState(rule, params, beginning.state), buffers });
    const noise = keyTensor(key);
    let settings = hyper;
    let hyperAt = hyperFor(rule, params, settings);
    let steps = earlier;
    let info: Info = {};
    const run: Run<P, Batch, Name, Buffers> = {
      rule,
      key,
      get params() {
        return loop.carry.params;
      },
      get state() {
        return loop.carry.state;
      },
      get buffers() {
        return loop.carry.buffers;
      },
      get steps() {
        return steps;
      },
      get hyper() {
        return settings;
      },
      get info() {
        return info;
      },
      step(batch) {
        const step = numberAfter(steps, like);
        const result = loop.step(hyperAt(step), step, noise, batch) as StepResult;
        ({ info } = result);
        steps += 1;
        return result;
      },
      epoch(batches) {
        const results = Array.from(requireBatches('epoch', batches), (batch) => run.step(batch));
        if (results.length > 0) return results;
        throw new UsageError(
          'epoch: there are no batches; an iterator goes through its batches once, so make a new one for every epoch.',
        );
      },
      apply(grads) {
        requireKind('apply', 'the gradient', grads, isTree);
        const step = numberAfter(steps, like);
        ({ info } = loop.step(hyperAt(step), step, noise, undefined, grads));
        steps += 1;
        return info;
      },
      retune(changes) {
        requireHyper('retune', rule, changes);
        const changed = overlaid(settings, changes);
        hyperAt = hyperFor(rule, params, changed);
        settings = changed;
      },
    };
    return run;
  };
  return { start, plans: stepper.plans };
}
