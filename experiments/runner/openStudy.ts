/** The study of a run with its data and programs, made once for each worker. */
import { deriveSeed } from '../../engine/random/seed.js';
import { UsageError } from '../../engine/core/errors.js';
import type { BackendOptions, TensorTree } from '../../engine/index.js';
import { checkSettings, settingsOf, taskOf } from '../studies/checkSettings.js';
import { requirePrograms } from '../studies/checkStudy.js';
import type { Parameters, StudyConfig } from '../studies/config.js';
import { type Program, type Training, type TrainingRun, checked } from '../studies/program.js';
import type { Reproduction, StudyDefinition } from '../studies/study.js';
import { type CompiledTask, compileTask } from '../tasks/evaluation.js';
import { splitsFor, type Phase } from '../tasks/splits.js';
import { type TunedParameters, keyOf } from './record/jobs.js';

export interface OpenStudy {
  readonly study: StudyDefinition;
  readonly config: StudyConfig;
  readonly task: CompiledTask<TensorTree>;
  readonly programs: Readonly<Record<string, Program>>;
  readonly reproductions: Readonly<Record<string, Reproduction>>;
}

/**
 * A study with its data and programs. `compile` are the options of everything that it compiles, `placeOf` gives the place
 * of an entry in the user's file. Throws a UsageError for a configuration that is not the study's.
 */
export function openStudy(
  study: StudyDefinition,
  config: StudyConfig,
  compile: BackendOptions = { backend: 'wasm' },
  placeOf?: (path: readonly PropertyKey[]) => string | undefined,
): OpenStudy {
  const task = compileTask(taskOf(study, config, placeOf), { compile });
  const programs = study.programs(config, { task, compile });
  requirePrograms(study.name, programs);
  checkSettings(study.name, config, programs, placeOf);
  return {
    study,
    config,
    task,
    programs,
    reproductions: study.reproductions?.(config, { compile }) ?? {},
  };
}

/** The argument of an arm's program beside its settings. */
export function trainingRun(
  { study, config, task }: OpenStudy,
  arm: string,
  phase: Phase,
  number: number,
  search: number,
  tuned: TunedParameters,
): TrainingRun {
  const { trainsOn, uses } = config.arms[arm];
  return {
    config,
    arm,
    seed: deriveSeed(study.name, phase, config.seed, number),
    epochs: config.epochs[phase],
    splits: splitsFor(config.protocol, task.data, trainsOn, phase),
    tuned(other, schema) {
      const parametersOf = uses.includes(other)
        ? tuned[keyOf({ kind: 'search', arm: other, search })]
        : undefined;
      if (parametersOf === undefined)
        throw new UsageError(
          `${study.name}: arm '${arm}' looks up what '${other}' was tuned to; name it in the arm's \`uses\`.`,
        );
      return checked(
        `${study.name}: what '${other}' was tuned to, looked up by '${arm}'`,
        schema,
        parametersOf,
      );
    },
  };
}

/** Starts the training of an arm with parameters that were tuned, swept or are being tried. */
export function startTraining(
  { config, programs }: OpenStudy,
  run: TrainingRun,
  parameters: Parameters,
): Training {
  const program = programs[config.arms[run.arm].program];
  return program.start(run, settingsOf(config, run.arm, program, parameters));
}
