/** Checks of a configuration against the study: its task, and the settings and spaces that its programs declare. */
import { z } from 'zod';
import { UsageError } from '../../engine/core/errors.js';
import { suggestion } from '../../engine/core/nearest.js';
import type { TensorTree } from '../../engine/index.js';
import type { Task } from '../tasks/task.js';
import type { Parameters, SearchRange, Settings, StudyConfig } from './config.js';
import { type Problem, problemsOf } from './problems.js';
import type { Program } from './program.js';
import type { StudyDefinition } from './study.js';

type Path = readonly PropertyKey[];
type Programs = Readonly<Record<string, Program>>;

/**
 * The settings of an arm's program: those of the study that it declares, overridden by the arm's, overridden by the
 * parameters.
 */
export function settingsOf(
  { settings, arms }: StudyConfig,
  arm: string,
  program: Program,
  parameters: Parameters,
): Settings {
  const shared = Object.entries(settings).filter(([name]) => declares(program, name));
  return { ...Object.fromEntries(shared), ...arms[arm].settings, ...parameters };
}

/**
 * The task of a configuration. `placeOf` returns the place of an entry in the user's file.
 * @throws UsageError if the schema of the task refuses its settings.
 */
export function taskOf<Params extends TensorTree>(
  { name, task }: Pick<StudyDefinition<Params>, 'name' | 'task'>,
  config: StudyConfig,
  placeOf?: PlaceOf,
): Task<Params> {
  const { error } = task.settings.safeParse(config.task);
  refuse(
    name,
    problemsOf(task.settings, config.task, error?.issues ?? []).map(({ path, message }) => ({
      path: ['task', ...path],
      message,
    })),
    placeOf,
  );
  return task.make(config.task);
}

/**
 * @throws UsageError for settings and searched parameters that no program declares, or that its schema refuses. Ranges are
 * checked at both ends, choices and sweeps at every value.
 */
export function checkSettings(
  study: string,
  config: StudyConfig,
  programs: Programs,
  placeOf?: PlaceOf,
): void {
  const problems: Problem[] = [];
  const report: Report = (path, message) => void problems.push({ path, message });
  checkShared(config, programs, report);
  for (const arm of Object.keys(config.arms)) checkArm(config, arm, programs, report);
  refuse(study, problems, placeOf);
}

type PlaceOf = (path: Path) => string | undefined;

function refuse(study: string, problems: readonly Problem[], placeOf: PlaceOf = () => undefined): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ path, message }) => {
    const place = placeOf(path);
    return `${place === undefined ? '' : `${place} `}${path.join('.')}: ${message}`;
  });
  throw new UsageError(
    `${study}: the configuration is wrong; mend it.\n  ${[...new Set(lines)].join('\n  ')}`,
  );
}

type Report = (path: Path, message: string) => void;

const declares = ({ settings }: Program, name: string): boolean => Object.hasOwn(settings.shape, name);

const namesOf = ({ settings }: Program): readonly string[] => Object.keys(settings.shape);

/** Checks the settings of the study: a program must declare each, and all that declare it must accept it. */
function checkShared({ settings }: StudyConfig, programs: Programs, report: Report): void {
  const all = Object.values(programs);
  for (const [name, value] of Object.entries(settings)) {
    const path = ['settings', name];
    const declaring = all.filter((program) => declares(program, name));
    if (declaring.length === 0)
      report(path, `no program of the study reads it; ${whatThereIs(name, all.flatMap(namesOf))}`);
    for (const { settings: schema } of declaring) {
      const { error } = z.safeParse(schema.shape[name], value);
      for (const { path: within, message } of error?.issues ?? []) report([...path, ...within], message);
    }
  }
}

function checkArm(config: StudyConfig, arm: string, programs: Programs, report: Report): void {
  const { program: name, settings, space, tunedAs, sweep } = config.arms[arm];
  const at = ['arms', arm];
  if (!Object.hasOwn(programs, name)) {
    const names = Object.keys(programs);
    report(
      [...at, 'program'],
      `the arm is to be trained by '${name}'; the study has the programs ${names.join(', ')}${asSentence(suggestion(name, names))}`,
    );
    return;
  }
  const program = programs[name];
  const spaceOfOther = tunedAs === undefined ? {} : config.arms[tunedAs].space;
  const namesAt: readonly (readonly [Path, readonly string[]])[] = [
    [[...at, 'settings'], Object.keys(settings)],
    [[...at, 'space'], Object.keys(space)],
    [[...at, 'sweep', 'parameter'], sweep === undefined ? [] : [sweep.parameter]],
    [[...at, 'tunedAs'], Object.keys(spaceOfOther)],
  ];
  let isComplete = true;
  for (const [path, names] of namesAt)
    for (const setting of names)
      if (!declares(program, setting)) {
        isComplete = false;
        const ofRecord = path.at(-1) === 'settings' || path.at(-1) === 'space';
        report(
          ofRecord ? [...path, setting] : path,
          `program '${name}' has no setting '${setting}'; ${whatThereIs(setting, namesOf(program))}`,
        );
      }
  if (!isComplete) return;
  const pathOf = ([key, ...rest]: Path): Path => {
    const setting = String(key);
    if (sweep?.parameter === setting) return [...at, 'sweep', 'values'];
    if (Object.hasOwn(space, setting)) return [...at, 'space', setting];
    if (Object.hasOwn(spaceOfOther, setting)) return [...at, 'tunedAs'];
    const isShared = !Object.hasOwn(settings, setting) && Object.hasOwn(config.settings, setting);
    return [...(isShared ? [] : at), 'settings', setting, ...rest];
  };
  for (const parameters of samples({ ...spaceOfOther, ...space }, sweep))
    for (const { path, message } of program.settings.safeParse(settingsOf(config, arm, program, parameters))
      .error?.issues ?? [])
      report(path.length === 0 ? at : pathOf(path), message);
}

/** Sets of parameters in which both ends of every range, every choice and every value of a sweep occur. */
function samples(
  space: StudyConfig['arms'][string]['space'],
  sweep: StudyConfig['arms'][string]['sweep'],
): readonly Parameters[] {
  const valuesOf = (range: SearchRange): Settings[string][] =>
    'choices' in range ? range.choices : [range.low, range.high];
  const all: [string, Settings[string][]][] = [
    ...Object.entries(space).map(([name, range]): [string, Settings[string][]] => [name, valuesOf(range)]),
    ...(sweep === undefined ? [] : [[sweep.parameter, sweep.values] as [string, Settings[string][]]]),
  ];
  const count = Math.max(1, ...all.map(([, { length }]) => length));
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(all.map(([name, values]) => [name, values[Math.min(i, values.length - 1)]])),
  );
}

const whatThereIs = (name: string, names: readonly string[]): string => {
  const all = [...new Set(names)];
  return all.length === 0
    ? 'there is none'
    : `there are ${all.join(', ')}${asSentence(suggestion(name, all))}`;
};

const asSentence = (guess: string): string => (guess === '' ? '' : `.${guess}`);
