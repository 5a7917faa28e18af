import { UsageError } from '../../../engine/core/errors.js';
import { suggestion } from '../../../engine/core/nearest.js';
import { type Kinds, isAny, isList, isText, readOptions } from '../../../engine/core/options.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import { type Rule, training } from '../../../optimizers/index.js';
import type { ConfigInput, Overrides, SearchRange } from '../config.js';
import { program } from '../program.js';
import { type StudyDefinition, defineStudy } from '../study.js';
import { train } from '../training.js';
import { type BaselineName, baselineNames, baselinePrograms, baselines } from './baselines.js';
import { type Candidate, type Owner, candidateOf, hyperSchema } from './candidate.js';
import { type ReadyTask, type ReadyTaskName, readyTaskNames, readyTasks } from './readyTasks.js';
import { tryRule } from './tryRule.js';

/** What a rule is compared with, and on what. */
export interface CompareOptions {
  /** A ready task; by default mnist1d. */
  readonly task?: ReadyTaskName;
  /** By default all of them. */
  readonly baselines?: readonly BaselineName[];
  /** The name of the rule's arm; by default that of the rule. */
  readonly name?: string;
  /** The hyper-parameters to tune; by default lr from 1e-5 to 1. The others keep their initial values. */
  readonly space?: Readonly<Record<string, SearchRange>>;
}

const kinds: Kinds<CompareOptions> = { task: isText, baselines: isList, name: isAny, space: isAny };

/**
 * A study that compares a rule with ready baselines on a ready task: every arm is tuned with the same number of trials, one
 * search for each seed, and each seed draws its own data set. `metagrad compare` runs it for the rule of a module.
 */
export function compareStudy(rule: Rule | (() => Rule), options: CompareOptions = {}): StudyDefinition {
  const read = readOptions<CompareOptions>('compareStudy', options, kinds);
  const { task = 'mnist1d', baselines: against = baselineNames, name, space } = read;
  const owner: Owner = (part) => `compareStudy: ${part}`;
  const candidate = candidateOf(owner, { rule, name, space });
  return comparisonOf(
    candidate,
    owner('rule'),
    requireTask('compareStudy', task),
    requireBaselines('compareStudy', against),
  );
}

/** @throws UsageError with the nearest name, unless it is that of a ready task. */
export function requireTask(caller: string, name: string): ReadyTaskName {
  const known = readyTaskNames.find((each) => each === name);
  if (known !== undefined) return known;
  throw new UsageError(
    `${caller}: there is no task '${name}'; there are ${readyTaskNames.join(', ')}.${suggestion(name, readyTaskNames)}`,
  );
}

/** @throws UsageError with the nearest name, unless they are names of baselines, at least one and each once. */
export function requireBaselines(caller: string, names: readonly string[]): readonly BaselineName[] {
  const known = names.map((name) => {
    const found = baselineNames.find((each) => each === name);
    if (found !== undefined) return found;
    throw new UsageError(
      `${caller}: there is no baseline '${name}'; there are ${baselineNames.join(', ')}.${suggestion(name, baselineNames)}`,
    );
  });
  const twice = known.find((name, i) => known.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`${caller}: the baseline '${twice}' is named twice.`);
  if (known.length === 0)
    throw new UsageError(
      `${caller}: there are no baselines; name one or more of ${baselineNames.join(', ')}.`,
    );
  return known;
}

/** The study of a checked candidate. `owner` begins the errors about its rule. */
export function comparisonOf(
  candidate: Candidate,
  owner: string,
  taskName: ReadyTaskName,
  against: readonly BaselineName[],
): StudyDefinition {
  const { name, rule } = candidate;
  const ready: ReadyTask = readyTasks[taskName];
  return defineStudy<MlpParams>({
    name: `compare-${fileName(name)}-${taskName}`,
    title: `${name} on ${ready.title}`,
    summary: `${name} against ${against.join(', ')}`,
    presets: { full: presetOf(candidate, ready, against), quick },
    task: ready.task,
    programs(config, { task, compile }) {
      const kind = training(rule, task.loss, { compile });
      tryRule(owner, candidate, task, kind, { title: ready.title, batchSize: config.batchSize });
      const own = program(hyperSchema(rule), (run, hyper) =>
        train(run, task, kind, { hyper: hyper as Readonly<Record<string, number>> }),
      );
      return { ...baselinePrograms({ task, compile }), [ownProgram]: own };
    },
  });
}

/** The name of the program that trains by the rule of the user's. */
const ownProgram = 'own';

function presetOf(
  { name, rule, space }: Candidate,
  { settings, batchSize, epochs, margin }: ReadyTask,
  against: readonly BaselineName[],
): ConfigInput {
  return {
    protocol: 'clean',
    task: settings,
    batchSize,
    epochs: { tune: epochs, final: epochs },
    trials: 20,
    seeds: 20,
    reproductions: 0,
    seed: 0,
    dataSeeds: true,
    sampler: 'tpe',
    arms: {
      [name]: { role: 'corrected', program: ownProgram, description: `the rule ${rule.name}`, space },
      ...Object.fromEntries(
        against.map((baseline) => [
          baseline,
          { role: 'control', program: baseline, ...baselines[baseline] } as const,
        ]),
      ),
    },
    claims: against.map((baseline) => ({
      id: `vs ${baseline}`,
      statement: `${name} reaches a lower loss than ${baseline}`,
      arm: name,
      against: [baseline],
      measure: { kind: 'metric', metric: 'loss' },
      test: 'lower',
      margin,
    })),
  };
}

const quick: Overrides = { epochs: { tune: 10, final: 10 }, trials: 8, seeds: 5 };

/** A name as part of that of a folder. */
const fileName = (name: string): string => name.replaceAll(/[^\w.-]+/g, '-').slice(0, 50);
