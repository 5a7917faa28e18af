/** What a worker needs to do jobs of a run: the study with its data and programs, made once. */
import { deriveSeed } from '../../engine/random/generator.js';
import { UsageError } from '../../engine/core/errors.js';
import type { BackendOptions } from '../../engine/index.js';
import type { Dataset } from '../../data/index.js';
import { checkSettings, settingsOf } from '../studies/checkSettings.js';
import type { Parameters, StudyConfig } from '../studies/config.js';
import { type Program, type Training, checked } from '../studies/program.js';
import type { Reproduction, StudyDefinition, TrainingRun } from '../studies/study.js';
import { splitsFor, type Phase } from '../tasks/splits.js';
import { type TunedParameters, keyOf } from './record/jobs.js';

export interface OpenStudy {
  readonly study: StudyDefinition;
  readonly config: StudyConfig;
  readonly data: Dataset<'train' | 'test'>;
  readonly programs: Readonly<Record<string, Program>>;
  readonly reproductions: Readonly<Record<string, Reproduction>>;
}

/**
 * A study with its data and programs. `compile` are the options of everything that it compiles. Throws a UsageError for arms
 * and settings that its programs do not have.
 */
export function openStudy(
  study: StudyDefinition,
  config: StudyConfig,
  compile: BackendOptions = { backend: 'wasm' },
): OpenStudy {
  const programs = study.programs(config, { compile });
  checkSettings(study.name, config, programs);
  return {
    study,
    config,
    data: study.data(config),
    programs,
    reproductions: study.reproductions?.(config, { compile }) ?? {},
  };
}

/** What an arm's program receives beside its settings. */
export function trainingRun(
  { study, config, data }: OpenStudy,
  arm: string,
  phase: Phase,
  number: number,
  search: number,
  found: TunedParameters,
): TrainingRun {
  const { trainsOn, uses } = config.arms[arm];
  return {
    config,
    arm,
    seed: deriveSeed(study.name, phase, config.seed, number),
    epochs: config.epochs[phase],
    splits: splitsFor(config.protocol, data, trainsOn, phase),
    tuned(other, schema) {
      const parametersOf = uses.includes(other)
        ? found[keyOf({ kind: 'search', arm: other, search })]
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

/** Starts the training of an arm, at parameters that were tuned, swept or are being tried. */
export function startTraining(
  { config, programs }: OpenStudy,
  run: TrainingRun,
  parameters: Parameters,
): Training {
  const program = programs[config.arms[run.arm].program];
  return program.start(run, settingsOf(config, run.arm, program, parameters));
}
