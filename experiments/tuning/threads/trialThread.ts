/** The program of a worker thread, one trial a task. Functions cannot cross threads, so it loads the objective itself. */
import { errorText, type Link } from '../../threads/link.js';
import { threadProgram } from '../../threads/pool.js';
import type { TrialRecord } from '../log/records.js';
import { Reports } from '../log/reports.js';
import type { Choice } from '../space/distributions.js';
import { runObjective } from '../trial/runObjective.js';
import type { Trial } from '../trial/trial.js';
import { loadObjective } from './objectiveModule.js';
import {
  errorClasses,
  type Method,
  type Reply,
  type Request,
  type ThreadResult,
  type TrialTask,
} from './threads.js';

export default threadProgram<TrialTask, ThreadResult>(async ({ module, record }, link) => {
  const { objective } = await loadObjective(new URL(module));
  const { outcome, fatal } = await runObjective(objective, remoteTrial(record, link));
  return fatal === undefined ? { outcome } : { outcome, fatal: errorText(fatal) };
}, errorClasses);

/** A trial whose calls are answered by the thread that has the study, synchronously as by a local trial. */
function remoteTrial(begun: TrialRecord, link: Link): Trial {
  let record = begun;

  function request<M extends Method>(method: M, args: Readonly<Parameters<Trial[M]>>): unknown {
    const { value, changed } = link.ask({ method, args } satisfies Request) as Reply;
    record = { ...record, ...changed };
    return value;
  }

  return {
    number: begun.number,
    get params() {
      return record.params;
    },
    get record() {
      return record;
    },
    suggestFloat: (...args) => request('suggestFloat', args) as number,
    suggestInt: (...args) => request('suggestInt', args) as number,
    suggestCategorical: <const C extends Choice>(name: string, choices: readonly C[]) =>
      request('suggestCategorical', [name, choices]) as C,
    report(step, value) {
      request('report', [step, value]);
      record = { ...record, intermediateValues: Reports.of(record.intermediateValues).with(step, value) };
    },
    shouldPrune: () => request('shouldPrune', []) as boolean,
    setUserAttribute(...args) {
      request('setUserAttribute', args);
    },
  };
}
