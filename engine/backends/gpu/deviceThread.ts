/** The thread in which gpu.js runs, so that the thread that waits for it can sleep: gpu.js answers by promises only. */
import { type Device, type Prepared, openDevice } from './device.js';
import { type Message, type Reply, type Request, type ThreadData, numbersAt } from './protocol.js';

interface Ready {
  readonly prepared: Prepared;
  readonly arguments: readonly (Float32Array | Int32Array)[];
  readonly results: readonly (Float32Array | Int32Array)[];
}

const { port, answered } = process.getBuiltinModule('node:worker_threads').workerData as ThreadData;
const programs = new Map<number, Ready>();
let device: Device | undefined;

async function answer(request: Request): Promise<Reply> {
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
      });
      return { done: true };
    }
    case 'run': {
      const { prepared, arguments: given, results } = programs.get(request.id)!;
      const computed = await prepared.run(given);
      computed.forEach((numbers, i) => {
        results[i].set(numbers);
      });
      return { execution: prepared.execution() };
    }
  }
}

function reply(message: Reply): void {
  port.postMessage(message);
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
}

function fail(error: unknown): void {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  reply({ error: { name, message } });
}

// Whatever happens, the other thread sleeps until it is answered.
process.on('uncaughtException', fail);
port.on('message', (request: Request | Message) => {
  if (request.ask !== 'destroy') {
    answer(request).then(reply, fail);
    return;
  }
  void programs.get(request.id)?.prepared.destroy();
  programs.delete(request.id);
});
