import {
  type Kinds,
  describe,
  isIntegerFrom,
  isPlainObject,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import { Tensor, type TensorTree, UsageError, mapTree, tensor } from '../../engine/index.js';
import { type CompileOption, type Compilation, compileKinds } from '../../engine/plan/run/backends.js';
import { firstState } from '../agreement.js';
import { isRecord, isRule, isTree, readBeginning, requireLearned, requireParameters } from '../arguments.js';
import { type HyperInput, hyperFor } from '../hyper.js';
import type { Hyper, Info, State } from '../rule.js';
import { type LearnedOptimizer, type Optimizer, withHyper } from '../learned/learned.js';
import { globalNorm } from '../wrappers/clipping.js';
import type { NoBuffers } from './loss.js';
import {
  type MetaBatches,
  type MetaProblem,
  type MetaProgress,
  metaStep,
  problemKinds,
  problemRequired,
} from './metaStep.js';
import { type Beginning, beginningKinds, keyTensor, numberAfter } from './progress.js';
import { type Provenance, provenanceKinds, readStreams } from './provenance.js';
import { stepperFor } from './stepperFor.js';

export interface MetaTrainingOptions {
  /** Whether meta-steps are compiled, and for which backend; by default they run eagerly. */
  readonly compile?: CompileOption;
}

/** The losses of parameters and theta, and how theta is learned. */
export type MetaTrainingProblem<
  P,
  Theta extends TensorTree,
  Batch,
  Name extends string,
  Buffers extends TensorTree = NoBuffers,
> = Omit<MetaProblem<P, Theta, Batch, Name, Buffers>, 'learned' | 'hyper' | 'metaHyper'>;

/** What may differ from one meta-training to the next of the same kind. */
export interface MetaBeginning<Theta, Batch, Name extends string, Buffers extends TensorTree = NoBuffers>
  extends Provenance<Batch>, Beginning<Buffers> {
  /** The initial theta, as in `learned.init(generator)`. */
  readonly theta: Theta;
  /** Overrides hyper-parameters of the learned optimizer that are not learned. */
  readonly hyper?: HyperInput<string>;
  readonly metaHyper: HyperInput<Name>;
  /** The state of the meta-rule after an earlier meta-training; by default it begins afresh. */
  readonly metaState?: State;
  readonly metaSteps?: number;
}

const metaBeginningKinds: Kinds<MetaBeginning<TensorTree, unknown, string>> = {
  ...beginningKinds,
  ...provenanceKinds,
  theta: isTree,
  hyper: isRecord,
  metaHyper: isRecord,
  metaState: beginningKinds.state,
  metaSteps: beginningKinds.steps,
};

/** A kind of meta-training, for any parameters, theta and hyper-parameters. */
export interface MetaTraining<
  P,
  Theta,
  Batch,
  Name extends string = string,
  Buffers extends TensorTree = NoBuffers,
> {
  /**
   * Starts a run, afresh or from where an earlier one stopped. Arguments are never written to.
   * @throws UsageError if a stream is of another split than that of its use, or of the split that is reported.
   */
  start(params: P, beginning: MetaBeginning<Theta, Batch, Name, Buffers>): MetaRun<P, Theta, Buffers>;
  /** One for each number of training batches and each shape so far; none if steps run eagerly. */
  readonly plans: readonly Compilation[];
}

/**
 * One meta-training. If it is compiled, parameters, theta, states and buffers are copied out of the plan's memory when
 * they are read.
 */
export interface MetaRun<P, Theta, Buffers extends TensorTree = NoBuffers>
  extends MetaProgress<P, Theta, number, Buffers>, Optimizer {
  readonly buffers: Buffers;
  readonly key: number;
  /**
   * One meta-step with `horizon` updates, by default 1, on the next batches of the training stream, fewer at the end of an
   * epoch; see `metaStep`. After the end of an epoch, both streams begin another one.
   */
  step(horizon?: number): MetaObservations<Theta>;
  /** The meta-steps of one epoch of the training stream. Both streams begin one. */
  epoch(horizon?: number): readonly MetaObservations<Theta>[];
}

/** The observations of a meta-step. */
export interface MetaObservations<Theta> {
  /** At the parameters ahead. */
  readonly metaLoss: Tensor;
  /** The norms of the meta-gradients, one for each tensor of theta. */
  readonly metaGradNorms: Theta;
  /** The training loss before each update that was made. */
  readonly losses: readonly Tensor[];
  /** The info of rule and loss at each update that was made, such as the output of a gate. */
  readonly infos: readonly Info[];
  /** The info of the meta-loss. */
  readonly metaInfo: Info;
  /** The hyper-parameters that theta determines, at those updates: a learned lr. */
  readonly hyper: Info;
}

/**
 * Online meta-learning: trains parameters with a learned optimizer while its theta is learned from another split. `rule`
 * and `hyper` of a run are the optimizer at the present theta. Each step takes one training batch for each update that it
 * looks ahead (one is first order, more are second order) and one validation batch.
 *
 * With `compile`, a meta-step is one plan, in whose memory parameters, theta and their states stay. It serves all runs:
 * theta, the hyper-parameters of `start` and those of the meta-rule enter as tensors. Hyper-parameters that `learned` was
 * created with are compiled in; pass those of a search to `start`. See `training`.
 */
export function metaTraining<
  P extends TensorTree,
  Theta extends TensorTree,
  Batch,
  Name extends string,
  Buffers extends TensorTree = NoBuffers,
>(
  learned: LearnedOptimizer<Theta>,
  problem: MetaTrainingProblem<P, Theta, Batch, Name, Buffers>,
  options: MetaTrainingOptions = {},
): MetaTraining<P, Theta, Batch, Name, Buffers> {
  const caller = 'metaTraining';
  requireLearned(caller, learned);
  refuseParameters(caller, problem);
  readOptions(caller, problem, problemKinds, { required: problemRequired, elsewhere });
  const { compile } = readOptions<MetaTrainingOptions>(caller, options, compileKinds);
  const { metaRule, update } = problem;

  const metaTrainingStep = (
    carry: Carry<P, Theta, Buffers>,
    { steps, metaSteps, key, hyper, metaHyper }: StepInputs<Name>,
    batches: MetaBatches<Batch>,
  ) => {
    const before = { ...carry, steps, key, learned: { ...carry.learned, steps: metaSteps } };
    const { progress, made, metaLoss, metaGrad, metaInfo } = metaStep<P, Theta, Batch, Name, Tensor, Buffers>(
      { ...problem, learned, hyper, metaHyper },
      before,
      batches,
    );
    const { theta, state } = progress.learned;
    const used = update === 'before' ? carry.learned.theta : theta;
    const { params, buffers } = made;
    const after: Carry<P, Theta, Buffers> = {
      params,
      state: made.state,
      buffers,
      learned: { theta, state },
    };
    const observations: MetaObservations<Theta> = {
      metaLoss,
      metaGradNorms: mapTree(metaGrad, globalNorm),
      losses: made.losses,
      infos: made.infos,
      metaInfo,
      hyper: tensorsAmong(learned.at(used).hyper),
    };
    return [after, observations] as const;
  };
  const argumentNames = ['', 'hyper', 'the batches'];
  const stepper = stepperFor(caller, problem.loss, argumentNames, metaTrainingStep, compile);

  const start: MetaTraining<P, Theta, Batch, Name, Buffers>['start'] = (params, from) => {
    const by = `${caller}(...).start`;
    const like = requireParameters(by, params);
    const required = ['theta', 'metaHyper', 'train', 'metaVal'] as const;
    const beginning = readBeginning<typeof from>(by, from, metaBeginningKinds, required);
    const { theta, metaHyper, hyper = {}, key = 0, buffers = {} as Buffers } = beginning;
    const metaLike = requireParameters(by, theta, 'meta-parameters');
    const streams = readStreams(by, beginning);
    const { rule, hyper: ofTheta } = learned.at(theta);
    const state = firstState(rule, params, beginning.state);
    const metaState = firstState(metaRule, theta, beginning.metaState);
    withHyper(learned, ofTheta, hyper);
    const names = Object.keys(hyper).filter((name) => hyper[name] !== undefined);
    const hyperAt = hyperFor(rule, params, hyper);
    const metaHyperAt = hyperFor(metaRule, theta, metaHyper);
    const loop = stepper.start({ params, state, buffers, learned: { theta, state: metaState } });
    const noise = keyTensor(key);
    let { steps = 0, metaSteps = 0 } = beginning;

    /** The hyper-parameters that `start` received, at the update after `count`. */
    const fixedAt = (count: number): Hyper<string> => {
      const all = hyperAt(numberAfter(count, like));
      return Object.fromEntries(names.map((name) => [name, all[name]]));
    };
    const stepOn = (batches: MetaBatches<Batch>): MetaObservations<Theta> => {
      const observations = loop.step(
        {
          steps: tensor(steps, { dtype: like.dtype }),
          metaSteps: tensor(metaSteps, { dtype: metaLike.dtype }),
          key: noise,
          hyper: batches.train.map((_, k) => fixedAt(steps + k)),
          metaHyper: metaHyperAt(numberAfter(metaSteps, metaLike)),
        },
        batches,
      );
      steps += batches.train.length;
      metaSteps += 1;
      return observations;
    };
    return {
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
      get learned() {
        return { ...loop.carry.learned, steps: metaSteps };
      },
      get rule() {
        return learned.at(loop.carry.learned.theta).rule;
      },
      get hyper() {
        return withHyper(learned, learned.at(loop.carry.learned.theta).hyper, hyper);
      },
      step(horizon = 1) {
        requireKind('step', 'the horizon', horizon, isIntegerFrom(1));
        return stepOn(streams.next(horizon));
      },
      epoch(horizon = 1) {
        requireKind('epoch', 'the horizon', horizon, isIntegerFrom(1));
        return Array.from(streams.epoch(horizon), stepOn);
      },
    };
  };
  return { start, plans: stepper.plans };
}

const beginningText = 'metaTraining(learned, problem).start(params, {theta, metaHyper, train, metaVal})';

const toStart = `It goes to start: ${beginningText}.`;
const isOption = "It is an option after the problem: metaTraining(learned, problem, {compile: 'wasm'}).";

/** Where parts of a beginning, and the options, go that are in the problem. */
const elsewhere: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['params', ...Object.keys(metaBeginningKinds)].map((name) => [name, toStart])),
  compile: isOption,
  backend: isOption,
};

/** @throws UsageError for parameters in place of the problem. */
function refuseParameters(caller: string, problem: unknown): void {
  const parts = isPlainObject(problem) ? problem : { problem };
  if (Object.keys(parts).some((name) => Object.hasOwn(problemKinds, name))) return;
  if (!Object.values(parts).some((part) => isTree.accepts(part) && !isRule.accepts(part))) return;
  throw new UsageError(
    `${caller}: takes the problem, {loss, metaRule, update}, after the learned optimizer; got ${describe(problem)}. ` +
      `Parameters go to start: ${beginningText}.`,
  );
}

/** What a step hands to the next; it stays in a plan's memory. */
interface Carry<P, Theta, Buffers> {
  readonly params: P;
  readonly state: State;
  readonly buffers: Buffers;
  readonly learned: { readonly theta: Theta; readonly state: State };
}

/** The inputs of a step besides its batches, all of them tensors so that no number is compiled in. */
interface StepInputs<Name extends string> {
  readonly steps: Tensor;
  readonly metaSteps: Tensor;
  readonly key: Tensor;
  /** One set for each update. */
  readonly hyper: readonly Hyper<string>[];
  readonly metaHyper: Hyper<Name>;
}

const tensorsAmong = (hyper: HyperInput<string>): Info =>
  Object.fromEntries(
    Object.entries(hyper).filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor),
  );
