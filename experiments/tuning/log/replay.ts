import { compatible, type Distribution, toExternal } from '../space/distributions.js';
import { distributionFromText } from './distributionText.js';
import type { Operation, TrialTemplate } from './operations.js';
import {
  type Direction,
  isFinished,
  type StudyRecord,
  type TrialRecord,
  type TrialState,
} from './records.js';
import { Reports } from './reports.js';

/** The states, indexed by their number in the log. */
export const stateCodes: readonly TrialState[] = ['running', 'complete', 'pruned', 'fail', 'waiting'];

/** Thrown for an operation that contradicts the log before it: what is wrong, and its index among those applied. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  constructor(
    readonly wrong: string,
    readonly index: number,
  ) {
    super(`operation ${index} ${wrong}`);
  }
}

/** The studies of a log after the operations applied so far. */
export type Replay = {
  /**
   * Applies the next operations of the log. Throws an OperationError for a study or trial that was never created, and for values
   * of too many objectives.
   */
  apply(operations: readonly Operation[]): void;
  /** What is wrong with an operation after those applied and `created` new studies and trials; null if nothing is. */
  wrongWith(
    operation: Operation,
    created?: { readonly studies: number; readonly trials: number },
  ): string | null;
  /** The study of this name, or undefined. Its `trials` is a snapshot: later operations do not change it. */
  study(name: string): StudyRecord | undefined;
  /** The trial of this id. */
  trial(id: number): TrialRecord | undefined;
  /** The names of all studies, in the order of creation. */
  names(): readonly string[];
  /** The ids that the next created study and trial will get. */
  nextStudyId(): number;
  nextTrialId(): number;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type StudyState = Mutable<Omit<StudyRecord, 'trials'>> & { readonly trials: TrialRecord[] };

/**
 * An empty replay, which folds a log into studies and trials by the rules of Optuna's journal storage.
 *
 * Of operations that contradict each other the earlier one counts: a second study of the same name, a change of a finished
 * trial, a second claim on a waiting one and a parameter of another kind than before have no effect. Workers that write at
 * the same time leave such operations behind. The value of a trial is that of the first objective.
 */
export function createReplay(): Replay {
  const studies = new Map<number, StudyState>();
  const homes: { readonly study: StudyState; readonly number: number }[] = [];
  let createdStudies = 0;

  function applyOne(operation: Operation): void {
    switch (operation.op_code) {
      case 0: {
        const { study_name: name, directions } = operation;
        if ([...studies.values()].some((study) => study.name === name)) return;
        const named = directions.map((code): Direction => (code === 2 ? 'maximize' : 'minimize'));
        const id = createdStudies++;
        const attributes = { userAttributes: {}, systemAttributes: {} };
        studies.set(id, { id, name, direction: named[0], directions: named, ...attributes, trials: [] });
        return;
      }
      case 1:
        studies.delete(operation.study_id);
        return;
      case 2: {
        const study = studies.get(operation.study_id);
        if (study) study.userAttributes = { ...study.userAttributes, ...operation.user_attr };
        return;
      }
      case 3: {
        const study = studies.get(operation.study_id);
        if (study) study.systemAttributes = { ...study.systemAttributes, ...operation.system_attr };
        return;
      }
      case 4: {
        const study = studies.get(operation.study_id);
        if (study === undefined) return;
        const number = study.trials.length;
        study.trials.push(createTrial(operation, homes.length, number, operation.worker_id));
        homes.push({ study, number });
        return;
      }
      case 5: {
        const distribution = distributionFromText(operation.distribution);
        if (!fitsEarlierTrials(operation.trial_id, operation.param_name, distribution)) return;
        change(operation.trial_id, (trial) => ({
          params: {
            ...trial.params,
            [operation.param_name]: toExternal(distribution, operation.param_value_internal),
          },
          distributions: { ...trial.distributions, [operation.param_name]: distribution },
        }));
        return;
      }
      case 6: {
        const state = stateCodes[operation.state];
        change(operation.trial_id, (trial) => {
          if (state === 'running' && trial.state === 'running') return {};
          return {
            state,
            ...(state === 'running' ? { worker: operation.worker_id } : {}),
            ...(operation.values ? { value: operation.values[0] } : {}),
            ...(operation.datetime_start ? { started: new Date(operation.datetime_start) } : {}),
            ...(operation.datetime_complete ? { completed: new Date(operation.datetime_complete) } : {}),
          };
        });
        return;
      }
      case 7:
        change(operation.trial_id, (trial) => ({
          intermediateValues: Reports.of(trial.intermediateValues).with(
            operation.step,
            operation.intermediate_value,
          ),
        }));
        return;
      case 8:
        change(operation.trial_id, (trial) => ({
          userAttributes: { ...trial.userAttributes, ...operation.user_attr },
        }));
        return;
      case 9:
        change(operation.trial_id, (trial) => ({
          systemAttributes: { ...trial.systemAttributes, ...operation.system_attr },
        }));
    }
  }

  function change(id: number, update: (trial: TrialRecord) => Partial<TrialRecord>): void {
    const { study, number } = homes[id];
    const trial = study.trials[number];
    if (!isFinished(trial.state)) study.trials[number] = { ...trial, ...update(trial) };
  }

  /** Whether a parameter has the kind of earlier trials: Optuna writes a parameter to the log before it refuses it. */
  function fitsEarlierTrials(id: number, name: string, distribution: Distribution): boolean {
    const first = homes[id].study.trials.find((trial) => Object.hasOwn(trial.distributions, name));
    return first === undefined || compatible(first.distributions[name], distribution);
  }

  function wrongWith(operation: Operation, created = { studies: 0, trials: 0 }): string | null {
    if ('study_id' in operation && operation.study_id >= createdStudies + created.studies)
      return `is about study ${operation.study_id}, which was not created before`;
    if ('trial_id' in operation && operation.trial_id >= homes.length + created.trials)
      return `is about trial ${operation.trial_id}, which was not created before`;
    if (operation.op_code !== 6 && operation.op_code !== 4) return null;
    const study =
      operation.op_code === 4 ? studies.get(operation.study_id) : homes.at(operation.trial_id)?.study;
    const objectives = study?.directions.length ?? Infinity;
    if ((operation.values?.length ?? 0) <= objectives) return null;
    return `has ${operation.values?.length} values for a study of ${objectives} objective${objectives === 1 ? '' : 's'}`;
  }

  return {
    apply: (operations) => {
      operations.forEach((operation, index) => {
        const wrong = wrongWith(operation);
        if (wrong !== null) throw new OperationError(wrong, index);
        applyOne(operation);
      });
    },
    wrongWith,
    trial: (id) => homes[id]?.study.trials[homes[id].number],
    study(name) {
      const study = [...studies.values()].find((candidate) => candidate.name === name);
      return study && { ...study, trials: [...study.trials] };
    },
    names: () => [...studies.values()].map((study) => study.name),
    nextStudyId: () => createdStudies,
    nextTrialId: () => homes.length,
  };
}

function createTrial(template: TrialTemplate, id: number, number: number, worker: string): TrialRecord {
  const distributions = new Map(
    Object.entries(template.distributions ?? {}).map(([name, text]) => [name, distributionFromText(text)]),
  );
  const params = Object.entries(template.params ?? {}).map(
    ([name, internal]) => [name, toExternal(distributions.get(name)!, internal)] as const,
  );
  const reports = Object.entries(template.intermediate_values ?? {});
  const { datetime_start: started, datetime_complete: completed = null } = template;
  return {
    number,
    state: stateCodes[template.state ?? 0],
    value: template.values?.[0] ?? template.value ?? null,
    params: Object.fromEntries(params),
    distributions: Object.fromEntries(distributions),
    intermediateValues: Reports.of(reports.map(([step, value]) => [Number(step), value] as const)),
    userAttributes: template.user_attrs ?? {},
    systemAttributes: template.system_attrs ?? {},
    started: started === null ? null : new Date(started),
    completed: completed === null ? null : new Date(completed),
    worker,
    id,
  };
}
