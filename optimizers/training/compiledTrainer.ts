import { type Kinds, isBoolean, readOptions } from '../../engine/core/options.js';
import type { GradOptions, Tensor, TensorTree } from '../../engine/index.js';
import { callerOf } from '../../engine/plan/run/caller.js';
import {
  type BackendOptions,
  type Compilation,
  backendKinds,
  requireMode,
} from '../../engine/plan/run/backends.js';
import { compileStepper } from '../../engine/plan/run/loop.js';
import { firstState } from '../agreement.js';
import { isPaths, readBeginning, requireHyper, requireParameters, requireRule } from '../arguments.js';
import { globalNorm } from '../wrappers/clipping.js';
import { type Hyper, type HyperInput, hyperFor, overlaid } from '../hyper.js';
import { type LossResult, joinInfo, lossAndGrad } from './loss.js';
import { type Info, type Rule, type State, applyRule } from '../rule.js';
import { type Trainer, type TrainerOptions, beginningKinds } from './trainer.js';
import { numberAfter } from './updateCount.js';

export interface CompileTrainerOptions extends GradOptions, BackendOptions {
  /** Whether `info.gradientNorm` is the length of the whole gradient at each step, as `globalNorm` measures it. */
  readonly gradientNorm?: boolean;
}

const kinds: Kinds<CompileTrainerOptions> = { ...backendKinds, allowZero: isPaths, gradientNorm: isBoolean };

/** A kind of training that is compiled: one rule and one loss, for any parameters and hyper-parameters. */
export interface CompiledTrainer<P, Batch, Name extends string = string> {
  /** A training from its beginning, or from an earlier `state` and `steps`. What is given is read, never written to. */
  start(
    params: P,
    hyper?: HyperInput<Name>,
    from?: Pick<TrainerOptions, 'state' | 'steps'>,
  ): CompiledTraining<P, Batch, Name>;
  /** One for each shape of batches and parameters that occurred. */
  readonly plans: readonly Compilation[];
}

/** One training. `params` and `state` are copied out of the plan's memory when they are read, and only then. */
export interface CompiledTraining<P, Batch, Name extends string = string> extends Omit<
  Trainer<P, Name>,
  'step' | 'apply'
> {
  /** One update on the gradient of the loss of a batch; returns the loss before it. */
  step(batch: Batch): Tensor;
}

/**
 * The `trainer`, compiled: gradient, rule and update are one plan, in whose memory parameters and state stay from step to
 * step. A plan is made for each shape of `batch` (any tree of tensors; the last, smaller batch of an epoch has its own),
 * and serves every training that is started here: hyper-parameters enter as tensors, so that another learning rate or
 * schedule costs nothing. Several trainings may take turns. A loss of NaN or infinity is returned as it is;
 * `trapNonFinite(() => training.step(batch))` names the operation that it began with.
 *
 * Numbers are those of `trainer` to rounding; on the cpu backend to the last bit, but for float32 products of 32^3
 * multiplications and more, which uncompiled go to WebAssembly.
 * @throws UsageError where `compile` does: if the loss uses tensors that it does not get, or numbers that change.
 */
export function compileTrainer<P extends TensorTree, Batch, Name extends string>(
  rule: Rule<Name>,
  loss: (params: P, batch: Batch) => LossResult,
  options: CompileTrainerOptions = {},
): CompiledTrainer<P, Batch, Name> {
  requireRule('compileTrainer', rule);
  const given = readOptions<CompileTrainerOptions>('compileTrainer', options, kinds);
  requireMode('compileTrainer', given);
  const { backend, mode, allowDegraded, onChoice, gradientNorm = false, ...gradOptions } = given;
  const gradientAt = lossAndGrad('compileTrainer', loss, gradOptions);
  const trainingStep = (
    { params, state }: { readonly params: P; readonly state: State },
    hyper: Hyper<Name>,
    step: Tensor,
    batch: Batch,
  ) => {
    const { value, grad, seen } = gradientAt(params, batch);
    const after = applyRule(rule, { params, grads: grad, state, hyper, step });
    const ofRule: Info = gradientNorm ? { ...after.info, gradientNorm: globalNorm(grad) } : after.info;
    const info = joinInfo('compileTrainer', ofRule, seen);
    return [
      { params: after.params, state: after.state },
      { loss: value, info },
    ] as const;
  };
  const caller = callerOf('compileTrainer', loss, ['', 'hyper', 'the number of the step', 'the batch']);
  const stepper = compileStepper(trainingStep, { backend, mode, allowDegraded, onChoice }, caller);

  return {
    plans: stepper.plans,
    start(params, hyper = {} as HyperInput<Name>, from = {}) {
      const caller = 'compileTrainer(...).start';
      const like = requireParameters(caller, params);
      const { state: earlier, steps = 0 } = readBeginning<typeof from>(caller, from, beginningKinds);
      const state = firstState(rule, params, earlier);
      const loop = stepper.start({ params, state });
      let given = hyper;
      let hyperAt = hyperFor(rule, params, given);
      let made = steps;
      let info: Info = {};
      return {
        rule,
        get params() {
          return loop.carry.params;
        },
        get state() {
          return loop.carry.state;
        },
        get steps() {
          return made;
        },
        get hyper() {
          return given;
        },
        get info() {
          return info;
        },
        step(batch) {
          const step = numberAfter(made, like);
          const out = loop.step(hyperAt(step), step, batch);
          made += 1;
          info = out.info;
          return out.loss;
        },
        retune(changes) {
          requireHyper('retune', rule, changes);
          const changed = overlaid(given, changes);
          hyperAt = hyperFor(rule, params, changed);
          given = changed;
        },
      };
    },
  };
}
