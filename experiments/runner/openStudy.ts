/** The study of a run with its data and programs, made once for each worker. */
import { deriveSeed } from '../../engine/random/seed.js';
import { UsageError } from '../../engine/core/errors.js';
import type { Dataset } from '../../data/index.js';
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
  /** The data set of a seed, and of the search of the same number. */
  readonly dataOf: (number: number) => Dataset<'train' | 'test'>;
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
    dataOf: dataOf(study, config, task, placeOf),
    programs,
    reproductions: study.reproductions?.(config, { compile }) ?? {},
  };
}

/** Data sets that are kept: jobs come seed by seed, so few are in use at a time. */
const keptDataSets = 3;

/** The data set of each number: that of the task, or with `dataSeeds` one that is drawn for it. */
function dataOf(
  { name }: StudyDefinition,
  config: StudyConfig,
  task: CompiledTask<TensorTree>,
  placeOf: (path: readonly PropertyKey[]) => string | undefined = () => undefined,
): OpenStudy['dataOf'] {
  if (!config.dataSeeds) return () => task.data;
  const { draw } = task;
  if (draw === undefined) {
    const place = placeOf(['dataSeeds']);
    throw new UsageError(
      `${name}: ${place === undefined ? '' : `${place} `}dataSeeds: its task has no \`draw\`, so there is one data set only; leave dataSeeds out, or give the task \`draw(seed)\`.`,
    );
  }
  const kept = new Map<number, Dataset<'train' | 'test'>>();
  return (number) => {
    const data = kept.get(number) ?? draw(deriveSeed(name, 'data', config.seed, number));
    // The last one that was used comes last.
    kept.delete(number);
    kept.set(number, data);
    const [oldest] = kept.keys();
    if (kept.size > keptDataSets) kept.delete(oldest);
    return data;
  };
}

/** Seeds of what arms draw: the same in all arms, or with `streams: apart` different ones in each. */
export const seedOf = ({ study, config }: OpenStudy, purpose: string, arm: string, number: number): number =>
  deriveSeed(study.name, purpose, config.seed, number, ...(config.streams === 'apart' ? [arm] : []));

/** The argument of an arm's program beside its settings. */
export function trainingRun(
  opened: OpenStudy,
  arm: string,
  phase: Phase,
  number: number,
  search: number,
  tuned: TunedParameters,
): TrainingRun {
  const { study, config } = opened;
  const { trainsOn, uses } = config.arms[arm];
  return {
    config,
    arm,
    seed: seedOf(opened, phase, arm, number),
    epochs: config.epochs[phase],
    splits: splitsFor(config.protocol, opened.dataOf(number), trainsOn, phase),
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
