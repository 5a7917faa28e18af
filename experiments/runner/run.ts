import { deriveSeed } from '../../engine/core/rng.js';
import type { Arm, Parameters, StudyDefinition, StudyConfig, TrainingRun } from '../studies/study.js';
import { createStudy, randomSampler, type Trial } from '../tuning/index.js';
import type { Interrupt } from './interrupt.js';
import { InterruptedError } from './interrupt.js';
import { type Measurements, openMeasurements } from './measurements.js';
import { type Place, type Progress, startProgress } from './progress.js';
import { type RunRecord, type RunStatus, startRecord } from './record.js';
import { type Results, summarize } from './results.js';
import { type Roles, splitsFor } from './splits.js';

/** Where and how a run goes on. */
export interface RunOptions {
  /** The folder that gets the run's own folder. */
  readonly root: string;
  readonly interrupt: Interrupt;
  readonly quiet?: boolean;
}

/** A run that has ended: its folder and all that it measured. */
export interface FinishedRun {
  readonly record: RunRecord;
  readonly status: RunStatus;
  readonly results: Results;
  readonly measurements: Measurements;
}

/**
 * Runs a study: tunes every arm with the same number of trials, then trains every tuned arm on the same fresh
 * seeds, and records all of it. Ctrl-C ends it early with a valid record of what there is.
 */
export async function runStudy(
  study: StudyDefinition,
  config: StudyConfig,
  options: RunOptions,
): Promise<FinishedRun> {
  const arms = study.arms();
  const roles = splitsFor(config.protocol, study.data(config));
  const record = startRecord(options.root, {
    study: study.name,
    seed: config.seed,
    backend: 'cpu',
    config: { ...config, arms: arms.map(({ name, description, space }) => ({ name, description, space })) },
  });
  const measurements = openMeasurements(record, arms);
  const progress = startProgress({ total: totalEpochs(config, arms), quiet: options.quiet ?? false });
  const session = { study, config, arms, roles, measurements, progress, interrupt: options.interrupt };
  let status: RunStatus = 'complete';
  try {
    const tuned = new Map<string, Parameters>();
    for (const arm of arms) tuned.set(arm.name, await tune(arm, tuned, session));
    await trainOnFreshSeeds(tuned, session);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    status = 'interrupted';
  } finally {
    progress.finish();
    measurements.close();
  }
  const results = summarize(study, config, arms, measurements);
  record.finish(status, results);
  return { record, status, results, measurements };
}

interface Session {
  readonly study: StudyDefinition;
  readonly config: StudyConfig;
  readonly arms: readonly Arm[];
  readonly roles: Roles;
  readonly measurements: Measurements;
  readonly progress: Progress;
  readonly interrupt: Interrupt;
}

function totalEpochs(config: StudyConfig, arms: readonly Arm[]): number {
  const runs = arms.length * (config.trials + config.seeds);
  return runs * config.epochs + (1 + config.seeds) * config.preparationEpochs;
}

/** Searches an arm's space; every arm's search draws the same points, so that none is luckier than another. */
async function tune(arm: Arm, tuned: ReadonlyMap<string, Parameters>, session: Session): Promise<Parameters> {
  const { study, config, roles, measurements } = session;
  const search = await createStudy({
    name: `${study.name}/${arm.name}`,
    direction: 'minimize',
    sampler: randomSampler(),
    seed: deriveSeed(study.name, 'search', config.seed),
  });
  const seed = deriveSeed(study.name, 'tuning', config.seed);
  for (let number = 0; number < config.trials; number++) {
    const trial = await search.ask();
    const parameters = suggest(trial, arm);
    const run = { config, seed, parameters, train: roles.train, judge: roles.tune, tuned: lookUp(tuned) };
    const loss = await execute(
      arm,
      run,
      'tune',
      { trial: `${number + 1}/${config.trials}` },
      number,
      session,
    );
    const { state } = await search.tell(trial, loss);
    measurements.trial({ arm: arm.name, trial: number, state, loss, parameters });
  }
  return search.bestTrial.params as Parameters;
}

function suggest(trial: Trial, { space }: Arm): Parameters {
  const entries = Object.entries(space).map(([name, { low, high, log }]) => [
    name,
    trial.suggestFloat(name, low, high, { log }),
  ]);
  return Object.fromEntries(entries) as Parameters;
}

/** Trains every arm at its best parameters on seeds that no search has seen, seed by seed. */
async function trainOnFreshSeeds(tuned: ReadonlyMap<string, Parameters>, session: Session): Promise<void> {
  const { study, config, arms, roles } = session;
  for (let i = 0; i < config.seeds; i++) {
    const seed = deriveSeed(study.name, 'final', config.seed, i);
    for (const arm of arms) {
      const parameters = lookUp(tuned)(arm.name);
      const run = { config, seed, parameters, train: roles.train, judge: roles.report, tuned: lookUp(tuned) };
      await execute(arm, run, 'final', { seed: `${i + 1}/${config.seeds}` }, null, session);
    }
  }
}

const lookUp =
  (tuned: ReadonlyMap<string, Parameters>) =>
  (arm: string): Parameters => {
    const parameters = tuned.get(arm);
    if (parameters === undefined)
      throw new Error(`arm '${arm}' has not been tuned yet; list it before the arms that use it.`);
    return parameters;
  };

/** One training run, epoch by epoch: measured, shown and open to Ctrl-C. Returns the final loss. */
async function execute(
  arm: Arm,
  run: TrainingRun,
  phase: 'tune' | 'final',
  place: Place,
  trial: number | null,
  { study, config, measurements, progress, interrupt }: Session,
): Promise<number> {
  let epoch = 0;
  let final = NaN;
  for (const metrics of arm.train(run)) {
    if (metrics !== null) {
      epoch++;
      final = metrics.loss;
      measurements.epoch({
        phase,
        arm: arm.name,
        trial,
        seed: run.seed,
        split: run.judge.name,
        epoch,
        metrics,
      });
    }
    progress.at({
      study: study.name,
      arm: arm.name,
      ...place,
      epoch: epoch === 0 ? 'preparing' : `${epoch}/${config.epochs}`,
    });
    progress.step();
    await interrupt.pause();
  }
  return final;
}
