/** What a worker needs to do tasks of a run: the study with its data and programs, made once. */
import { deriveSeed } from '../../engine/random/generator.js';
import { UsageError } from '../../engine/core/errors.js';
import { suggestion } from '../../engine/core/nearest.js';
import { type BackendOptions, runPlansOn } from '../../engine/index.js';
import type { Dataset } from '../../data/index.js';
import type { StudyConfig } from '../studies/config.js';
import type { AsWritten, Parameters, Program, StudyDefinition, TrainingRun } from '../studies/study.js';
import { splitsFor, type Phase } from './splits.js';
import { type Found, keyOf } from './tasks.js';

export interface Laboratory {
  readonly study: StudyDefinition;
  readonly config: StudyConfig;
  /** Who runs its plans. */
  readonly backend: BackendOptions;
  readonly data: Dataset<'train' | 'test'>;
  readonly programs: Readonly<Record<string, Program>>;
  readonly asWritten: Readonly<Record<string, AsWritten>>;
}

/** Throws a UsageError if an arm names a program that the study does not have. */
export function openLaboratory(
  study: StudyDefinition,
  config: StudyConfig,
  backend: BackendOptions = { backend: 'wasm' },
): Laboratory {
  runPlansOn(backend);
  const programs = study.programs(config);
  for (const [name, { program }] of Object.entries(config.arms))
    if (!Object.hasOwn(programs, program))
      throw new UsageError(
        `${study.name}: arm '${name}' is to be trained by '${program}'; the study has the programs ${Object.keys(programs).join(', ')}.${suggestion(program, Object.keys(programs))}`,
      );
  return {
    study,
    config,
    backend,
    data: study.data(config),
    programs,
    asWritten: study.asWritten?.(config) ?? {},
  };
}

/** What an arm's program is given. */
export function trainingRun(
  { study, config, data }: Laboratory,
  arm: string,
  phase: Phase,
  number: number,
  search: number,
  found: Found,
  parameters: Parameters,
): TrainingRun {
  const { settings, trainsOn, uses } = config.arms[arm];
  return {
    config,
    arm,
    settings,
    parameters,
    seed: deriveSeed(study.name, phase, config.seed, number),
    epochs: config.epochs[phase],
    splits: splitsFor(config.protocol, data, trainsOn, phase),
    tuned(other) {
      const parametersOf = uses.includes(other)
        ? found[keyOf({ kind: 'search', arm: other, search })]
        : undefined;
      if (parametersOf === undefined)
        throw new UsageError(
          `${study.name}: arm '${arm}' looks up what '${other}' was tuned to; name it in the arm's \`uses\`.`,
        );
      return parametersOf;
    },
  };
}
