import { type Kinds, readOptions } from '../../engine/core/options.js';
import { Tensor, type TensorTree, mapTree, tensor } from '../../engine/index.js';
import { callerOf } from '../../engine/plan/run/caller.js';
import {
  type BackendOptions,
  type Compilation,
  backendKinds,
  requireMode,
} from '../../engine/plan/run/backends.js';
import { compileStepper } from '../../engine/plan/run/loop.js';
import { firstState } from '../agreement.js';
import { readBeginning, requireLearned, requireParameters } from '../arguments.js';
import { globalNorm } from '../wrappers/clipping.js';
import { type Drawn, undrawn } from './drawn.js';
import { type Hyper, type HyperInput, hyperFor } from '../hyper.js';
import { type LearnedOptimizer, type Optimizer, retuned } from '../learned/learned.js';
import {
  type MetaBatches,
  type MetaProblem,
  type MetaProgress,
  metaStep,
  problemKinds,
  problemRequired,
} from './metaStep.js';
import { type MetaBeginning, metaBeginningKinds, refuseLeaks } from './metaTrainer.js';
import type { Info, State } from '../rule.js';
import { numberAfter } from './updateCount.js';

export interface CompileMetaTrainerOptions<P, Theta extends TensorTree, Batch, Name extends string>
  extends Omit<MetaProblem<P, Theta, Batch, Name>, 'learned' | 'hyper' | 'metaHyper'>, BackendOptions {}

const kinds: Kinds<CompileMetaTrainerOptions<unknown, TensorTree, unknown, string>> = {
  ...problemKinds,
  ...backendKinds,
};

/** A kind of meta-training that is compiled, for any parameters, theta and hyper-parameters. */
export interface CompiledMetaTrainer<P, Theta, Batch, Name extends string> {
  /** A meta-training from its beginning, or from where an earlier one stopped. What is given is never written to. */
  start<Leak extends string = never>(
    params: P,
    beginning: MetaBeginning<Theta, Name, Leak>,
  ): CompiledMetaTraining<P, Theta, Batch, Leak>;
  /** One for each number of training batches, and for each shape that they occurred in. */
  readonly plans: readonly Compilation[];
}

/** One meta-training. Parameters, theta and states are copied out of the plan's memory when they are read, and only then. */
export interface CompiledMetaTraining<P, Theta, Batch, Leak extends string = never>
  extends MetaProgress<P, Theta>, Optimizer {
  /** One meta-step and as many updates as there are training batches; see `metaStep`. */
  step(
    batches: MetaBatches<Batch & Drawn<'train' | Leak>, Batch & Drawn<'metaVal' | Leak>>,
  ): MetaObservations<Theta>;
}

/** What is seen of a meta-step. */
export interface MetaObservations<Theta> {
  /** At the parameters ahead. */
  readonly metaLoss: Tensor;
  /** In the place of each tensor of theta, the length of its meta-gradient. */
  readonly metaGradNorms: Theta;
  /** The training loss before each update that was made. */
  readonly losses: readonly Tensor[];
  /** What the rule and the loss let see of each update that was made, such as the output of a gate. */
  readonly infos: readonly Info[];
  /** What the meta-loss let see. */
  readonly metaInfo: Info;
  /** The hyper-parameters that theta stands for, as in those updates: a learned lr. */
  readonly hyper: Info;
}

/**
 * The `metaTrainer`, compiled: everything that a meta-step does is one plan, in whose memory parameters, theta and their
 * states stay. It serves every meta-training that is started here: theta, the hyper-parameters given at the start and
 * those of the meta-rule enter as tensors, so that others cost nothing. Hyper-parameters that `learned` was made with are
 * part of what is compiled; give those that are searched for at the start. See `compileTrainer`.
 */
export function compileMetaTrainer<
  P extends TensorTree,
  Theta extends TensorTree,
  Batch,
  Name extends string,
>(
  learned: LearnedOptimizer<Theta>,
  options: CompileMetaTrainerOptions<P, Theta, Batch, Name>,
): CompiledMetaTrainer<P, Theta, Batch, Name> {
  requireLearned('compileMetaTrainer', learned);
  readOptions('compileMetaTrainer', options, kinds, { required: problemRequired });
  requireMode('compileMetaTrainer', options);
  const { backend, mode, allowDegraded, onChoice, ...problem } = options;
  const { metaRule, update } = problem;

  const metaTrainingStep = (carry: Carry<P, Theta>, given: Given<Name>, batches: MetaBatches<Batch>) => {
    const { steps, metaSteps, hyper, metaHyper } = given;
    const from = { ...carry, steps, learned: { ...carry.learned, steps: metaSteps } };
    const { progress, made, metaLoss, metaGrad, metaInfo } = metaStep<P, Theta, Batch, Name, Tensor>(
      { ...problem, learned, hyper, metaHyper },
      from,
      batches,
    );
    const { theta, state } = progress.learned;
    const used = update === 'before' ? carry.learned.theta : theta;
    const after: Carry<P, Theta> = { params: made.params, state: made.state, learned: { theta, state } };
    const seen: MetaObservations<Theta> = {
      metaLoss,
      metaGradNorms: mapTree(metaGrad, globalNorm),
      losses: made.losses,
      infos: made.infos,
      metaInfo,
      hyper: learnedIn(learned.at(used).hyper),
    };
    return [after, seen] as const;
  };
  const caller = callerOf('compileMetaTrainer', problem.loss, ['', 'hyper', 'the batches']);
  const stepper = compileStepper(metaTrainingStep, { backend, mode, allowDegraded, onChoice }, caller);

  return {
    plans: stepper.plans,
    start(params, beginning) {
      const by = 'compileMetaTrainer(...).start';
      const like = requireParameters(by, params);
      readBeginning<MetaBeginning<TensorTree, string, string>>(by, beginning, metaBeginningKinds, [
        'theta',
        'metaHyper',
      ]);
      const { theta, metaHyper, hyper = {}, reported, leaks = {} } = beginning;
      const metaLike = requireParameters(by, theta, 'meta-parameters');
      const { rule, hyper: own } = learned.at(theta);
      const state = firstState(rule, params, beginning.state);
      const metaState = firstState(metaRule, theta, beginning.metaState);
      retuned(learned, own, hyper);
      const names = Object.keys(hyper);
      const hyperAt = hyperFor(rule, params, hyper);
      const metaHyperAt = hyperFor(metaRule, theta, metaHyper);
      const loop = stepper.start({ params, state, learned: { theta, state: metaState } });
      let { steps = 0, metaSteps = 0 } = beginning;

      /** The hyper-parameters given, at the update after so many. */
      const givenAt = (count: number): Hyper<string> => {
        const all = hyperAt(numberAfter(count, like));
        return Object.fromEntries(names.map((name) => [name, all[name]]));
      };
      return {
        get params() {
          return loop.carry.params;
        },
        get state() {
          return loop.carry.state;
        },
        get steps() {
          return steps;
        },
        get learned() {
          return { ...loop.carry.learned, steps: metaSteps };
        },
        get rule() {
          return learned.at(loop.carry.learned.theta).rule;
        },
        get hyper() {
          return retuned(learned, learned.at(loop.carry.learned.theta).hyper, hyper);
        },
        step(batches) {
          refuseLeaks('metaTrainer', batches, reported, leaks);
          const train = batches.train.map((batch) => undrawn<Batch>(batch));
          const given: Given<Name> = {
            steps: tensor(steps, { dtype: like.dtype }),
            metaSteps: tensor(metaSteps, { dtype: metaLike.dtype }),
            hyper: train.map((_, k) => givenAt(steps + k)),
            metaHyper: metaHyperAt(numberAfter(metaSteps, metaLike)),
          };
          const seen = loop.step(given, { train, metaVal: undrawn<Batch>(batches.metaVal) });
          steps += train.length;
          metaSteps += 1;
          return seen;
        },
      };
    },
  };
}

/** What stays in the plan's memory. */
interface Carry<P, Theta> {
  readonly params: P;
  readonly state: State;
  readonly learned: { readonly theta: Theta; readonly state: State };
}

/** What enters a step besides its batches: tensors all, so that no number of them is compiled in. */
interface Given<Name extends string> {
  readonly steps: Tensor;
  readonly metaSteps: Tensor;
  /** One set for each update. */
  readonly hyper: readonly Hyper<string>[];
  readonly metaHyper: Hyper<Name>;
}

const learnedIn = (hyper: HyperInput<string>): Info =>
  Object.fromEntries(
    Object.entries(hyper).filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor),
  );
