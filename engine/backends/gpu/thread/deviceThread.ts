/** The thread in which gpu.js runs, so that the thread that waits for it can sleep: gpu.js answers by promises only. */
import { requireExecution } from '../device/execution.js';
import { type Device, type DevicePipeline, openDevice } from '../device/device.js';
import { answerer } from './mailbox.js';
import type { Execution } from '../lower/program.js';
import { type Message, type Reply, type Request, type ThreadData, numbersAt } from './protocol.js';

interface LoadedProgram {
  readonly prepared: DevicePipeline;
  readonly arguments: readonly (Float32Array | Int32Array)[];
  readonly results: readonly (Float32Array | Int32Array)[];
  readonly allowDegraded: boolean;
  /** The execution that was last reported to the other thread. */
  reported: Execution | undefined;
}

/**
 * How long this thread waits for the next run before it returns to its event loop, in milliseconds: longer than a
 * training loop is away, and short enough for what a device may have to say by itself.
 */
const patience = 100;

const { port, memory } = process.getBuiltinModule('node:worker_threads').workerData as ThreadData;
const mailbox = answerer(memory);
const programs = new Map<number, LoadedProgram>();
let device: Device | undefined;

/** Fulfils a request; undefined if there is nothing to report. */
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
        reported: undefined,
      });
      return undefined;
    }
    case 'run': {
      const program = programs.get(request.id)!;
      const computed = await program.prepared.run(program.arguments);
      const execution = program.prepared.execution();
      // Before anything is written: a run that throws leaves the results as they were.
      if (!program.allowDegraded) requireExecution(device!.info.mode, execution);
      for (let i = 0; i < computed.length; i++) program.results[i].set(computed[i]);
      if (execution === program.reported) return undefined;
      program.reported = execution;
      return { execution };
    }
  }
}

/** The number of the request that the other thread waits for, if it does. */
let pending: number | undefined;
let requests = 0;
/** An error that occurred outside of a request. */
let unheard: Reply | undefined;

function answer(reply: Reply | undefined): void {
  pending = undefined;
  if (reply !== undefined) port.postMessage(reply);
  mailbox.answer(reply === undefined ? 'unchanged' : 'message');
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
    mailbox.stay();
    answer(reply);
    const id = mailbox.next(patience);
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
