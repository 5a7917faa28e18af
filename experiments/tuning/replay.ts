import { FormatError } from '../../engine/core/errors.js';
import type { Choice, Distribution } from './distributions.js';
import { compatible, toExternal } from './distributions.js';
import { distributionFromText } from './distributionText.js';
import type { Operation, TrialTemplate } from './operations.js';
import { isFinished, type StudyRecord, type TrialRecord, type TrialState } from './records.js';

/** The states by the number that the log has for them. */
export const stateCodes: readonly TrialState[] = ['running', 'complete', 'pruned', 'fail', 'waiting'];

/** The studies of a log, as its operations so far tell them. */
export type Replay = {
  /** Takes the next operations of the log. */
  apply(operations: readonly Operation[]): void;
  /** The study of this name, or undefined. Its `trials` is a snapshot: later operations do not change it. */
  study(name: string): StudyRecord | undefined;
  /** The names of all studies, in the order of creation. */
  names(): readonly string[];
  /** The ids that the next created study and trial will get. */
  nextStudyId(): number;
  nextTrialId(): number;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type StudyState = Mutable<Omit<StudyRecord, 'trials'>> & { readonly trials: TrialRecord[] };

/**
 * Folds a log into studies and trials, by the rules of Optuna's journal storage.
 *
 * Of operations that contradict each other the earlier one counts: a second study of the same name, a change of a
 * finished trial, a second claim on a waiting one and a parameter of another kind than before have no effect. Only the
 * first objective of a study is read.
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
        const direction = directions[0] === 2 ? 'maximize' : 'minimize';
        const id = createdStudies++;
        studies.set(id, { id, name, direction, userAttributes: {}, systemAttributes: {}, trials: [] });
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
        const state = stateFromCode(operation.state);
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
          intermediateValues: new Map(trial.intermediateValues).set(
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
    const home = homes.at(id);
    if (home === undefined) return;
    const { study, number } = home;
    const trial = study.trials[number];
    if (!isFinished(trial.state)) study.trials[number] = { ...trial, ...update(trial) };
  }

  /** Optuna writes a parameter before it refuses it, so a log may hold one that nobody took. */
  function fitsEarlierTrials(id: number, name: string, distribution: Distribution): boolean {
    const first = homes.at(id)?.study.trials.find((trial) => name in trial.distributions);
    return first === undefined || compatible(first.distributions[name], distribution);
  }

  return {
    apply: (operations) => {
      operations.forEach(applyOne);
    },
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
  const distributions: Record<string, Distribution> = {};
  const params: Record<string, Choice> = {};
  for (const [name, text] of Object.entries(template.distributions ?? {})) {
    distributions[name] = distributionFromText(text);
  }
  for (const [name, internal] of Object.entries(template.params ?? {})) {
    params[name] = toExternal(distributions[name], internal);
  }
  const reports = Object.entries(template.intermediate_values ?? {});
  return {
    number,
    state: stateFromCode(template.state ?? 0),
    value: template.values?.[0] ?? template.value ?? null,
    params,
    distributions,
    intermediateValues: new Map(reports.map(([step, value]) => [Number(step), value])),
    userAttributes: template.user_attrs ?? {},
    systemAttributes: template.system_attrs ?? {},
    started: template.datetime_start === null ? null : new Date(template.datetime_start),
    completed: template.datetime_complete === undefined ? null : new Date(template.datetime_complete),
    worker,
    id,
  };
}

function stateFromCode(code: number): TrialState {
  const state = stateCodes[code] as TrialState | undefined;
  if (state === undefined) {
    throw new FormatError(
      `log: ${code} is no trial state; 0 to 4 are (running, complete, pruned, fail, waiting).`,
    );
  }
  return state;
}
