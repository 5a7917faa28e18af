/** What a worker thread runs, one trial a task. Functions cannot cross threads, so it loads the objective itself. */
import { receiveMessageOnPort } from 'node:worker_threads';
import type { Choice } from '../space/distributions.js';
import { Reports } from '../log/reports.js';
import { runObjective } from '../trial/runObjective.js';
import type { Trial } from '../trial/trial.js';
import { errorOf, type Method, type Reply, type Request, type Task, type ThreadEnded } from './messages.js';
import { loadObjective } from './objectiveModule.js';

export default async function runTrial(task: Task): Promise<ThreadEnded> {
  const { objective } = await loadObjective(new URL(task.module));
  const { outcome, fatal } = await runObjective(objective, remoteTrial(task));
  return fatal === undefined ? { outcome } : { outcome, fatal: { name: fatal.name, message: fatal.message } };
}

/** A trial whose requests are answered by the thread that has the study, at once, as a local trial would. */
function remoteTrial({ record: begun, port, answered }: Task): Trial {
  let record = begun;

  function request<M extends Method>(method: M, args: Readonly<Parameters<Trial[M]>>): unknown {
    port.postMessage({ method, args } satisfies Request);
    Atomics.wait(answered, 0, 0);
    Atomics.store(answered, 0, 0);
    const reply = receiveMessageOnPort(port)?.message as Reply;
    if ('error' in reply) throw errorOf(reply.error);
    record = { ...record, ...reply.changed };
    return reply.value;
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
