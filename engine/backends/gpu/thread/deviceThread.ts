/** The thread in which gpu.js runs, so that the thread that waits for it can sleep: gpu.js answers by promises only. */
import { requireAsked } from '../device/execution.js';
import { type Device, type Prepared, openDevice } from '../device/device.js';
import { answerer } from './mailbox.js';
import type { Execution } from '../lower/program.js';
import { type Message, type Reply, type Request, type ThreadData, numbersAt } from './protocol.js';

interface Ready {
  readonly prepared: Prepared;
  readonly arguments: readonly (Float32Array | Int32Array)[];
  readonly results: readonly (Float32Array | Int32Array)[];
  readonly allowDegraded: boolean;
  /** What the other thread was last told that ran. */
  told: Execution | undefined;
}

/**
 * How long this thread waits for the next run before it returns to its event loop, in milliseconds: longer than a
 * training loop is away, and short enough for what a device may have to say by itself.
 */
const patience = 100;

const { port, memory } = process.getBuiltinModule('node:worker_threads').workerData as ThreadData;
const exchange = answerer(memory);
const programs = new Map<number, Ready>();
let device: Device | undefined;

/** Does what is asked for; undefined if there is nothing to tell. */
async function comply(request: Request): Promise<Reply | undefined> {
  switch (request.ask) {
    case 'open':
      device = await openDevice(request.mode);
      return { info: device.info };
    case 'prepare': {
      const { id, program } = request;
      programs.set(id, {
        prepared: device!.prepare(program),
        arguments: request.arguments.map(numbersAt),
        results: request.results.map(numbersAt),
        allowDegraded: request.allowDegraded,
        told: undefined,
      });
      return undefined;
    }
    case 'run': {
      const ready = programs.get(request.id)!;
      const computed = await ready.prepared.run(ready.arguments);
      const execution = ready.prepared.execution();
      // Before anything is written: a run that throws leaves the results as they were.
      if (!ready.allowDegraded) requireAsked(device!.info.mode, execution);
      for (let i = 0; i < computed.length; i++) ready.results[i].set(computed[i]);
      if (execution === ready.told) return undefined;
      ready.told = execution;
      return { execution };
    }
  }
}

/** The number of the request that the other thread waits for, if it does. */
let pending: number | undefined;
let requests = 0;
/** What went wrong while nothing was asked for. */
let unheard: Reply | undefined;

function answer(reply: Reply | undefined): void {
  pending = undefined;
  if (reply !== undefined) port.postMessage(reply);
  exchange.answer(reply === undefined ? 'unchanged' : 'message');
}

/** Answers a request, and those for runs that follow it at once. */
async function serve(first: Request): Promise<void> {
  let request: Request | undefined = first;
  while (request !== undefined) {
    const number = (pending = ++requests);
    const reply: Reply | undefined = unheard ?? (await comply(request).catch(failure));
    unheard = undefined;
    // An uncaught error may have been the answer.
    if (pending !== number) return;
    exchange.stay();
    answer(reply);
    const id = exchange.next(patience);
    request = id === undefined ? undefined : { ask: 'run', id };
  }
}

function failure(error: unknown): Reply {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { error: { name, message } };
}

// Whatever happens, the other thread sleeps until it is answered.
process.on('uncaughtException', (error) => {
  if (pending === undefined) unheard ??= failure(error);
  else answer(failure(error));
});
port.on('message', (request: Request | Message) => {
  if (request.ask !== 'destroy') {
    void serve(request);
    return;
  }
  void programs.get(request.id)?.prepared.destroy();
  programs.delete(request.id);
});
