/** The thread with the device: asked by words and by messages in any order, it answers each request for itself. */
import { type MessagePort, Worker, receiveMessageOnPort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Asker, asker, mailboxMemory } from '../../engine/backends/gpu/thread/mailbox.js';
import type { DeviceProgram, GpuMode } from '../../engine/backends/gpu/lower/program.js';
import {
  type Place,
  type Reply,
  type Request,
  type ThreadData,
  numbersAt,
  placesFor,
} from '../../engine/backends/gpu/thread/protocol.js';
import { deviceThread } from '../../engine/backends/gpu/thread/thread.js';

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Longer than the thread waits for the next run. */
const long = 200;

const doubling: DeviceProgram = {
  kernels: [{ source: 'function (a0) {\n  return 2 * a0[this.thread.x];\n}', size: 1 }],
  arguments: [{ dtype: 'float32', size: 1 }],
  literals: [],
  steps: [{ kernel: 0, inputs: [0] }],
  results: [{ dtype: 'float32', size: 1, value: 1 }],
  checks: [],
};

export function describeThread(mode: GpuMode): void {
  /** Numbers that no plan in the same file has. */
  let last = 1_000_000;
  const prepare = (): { readonly id: number; readonly double: (x: number) => number } => {
    const id = last++;
    const places = placesFor([...doubling.arguments, ...doubling.results]);
    const [x, y] = places.map(numbersAt);
    deviceThread(mode).prepare({
      id,
      program: doubling,
      arguments: [places[0]],
      results: [places[1]],
      allowDegraded: false,
    });
    return {
      id,
      double(value) {
        x[0] = value;
        deviceThread(mode).run(id);
        return y[0];
      },
    };
  };

  describe(`the thread with the device of ${mode}`, () => {
    it('answers at once and after a while', async () => {
      const { double } = prepare();
      for (const wait of [0, 0, 1, long, 0, long]) {
        const x = Math.fround(Math.random());
        if (wait > 0) await pause(wait);
        expect(double(x)).toBe(2 * x);
      }
    });

    it('tells what ran when that is new', () => {
      const { id, double } = prepare();
      expect(deviceThread(mode).run(id)).toMatchObject({ backend: mode });
      expect(deviceThread(mode).run(id)).toBeUndefined();
      expect(double(3)).toBe(6);
    });

    it('forgets programs between two runs of others', () => {
      const [kept, unused, used] = [prepare(), prepare(), prepare()];
      expect([used.double(1), kept.double(2)]).toEqual([2, 4]);
      for (const { id } of [unused, used]) {
        deviceThread(mode).destroy(id);
        expect(() => deviceThread(mode).run(id)).toThrow(TypeError);
        expect(kept.double(id)).toBe(2 * id);
      }
    });

    it('answers with an error and goes on', () => {
      const { double } = prepare();
      for (let again = 0; again < 3; again++) {
        expect(() => double(NaN)).toThrow(RangeError);
        expect(double(again)).toBe(2 * again);
      }
    });
  });
}

/** A hook of the module loader that makes gpu.js take turns of the event loop to load, in every version of Node. */
const slowLoading = `data:text/javascript,${encodeURIComponent(`
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    if (specifier !== 'gpu.js') return resolved;
    const source = 'await new Promise((resolve) => setTimeout(resolve, 100)); export { default } from ' + JSON.stringify(resolved.url);
    return { url: 'data:text/javascript,' + encodeURIComponent(source), format: 'module', shortCircuit: true };
  }`)}`;

/** Loads a thread's program where gpu.js loads slowly. */
const slowLoader = `
  const { register } = process.getBuiltinModule('node:module');
  register(${JSON.stringify(slowLoading)});
  import(process.getBuiltinModule('node:worker_threads').workerData.program);`;

/** A thread of the test's own, to which it says what nobody else does. */
export function describeThreadAlone(program: () => URL): void {
  describe('a thread with a device', () => {
    let worker: Worker;
    let port: MessagePort;
    let mailbox: Asker;
    const send = (message: Request | null): void => {
      port.postMessage(message);
      mailbox.toPort();
    };
    const ask = (message: Request): Reply | undefined => {
      send(message);
      return mailbox.answered(20_000) === 'message'
        ? (receiveMessageOnPort(port)?.message as Reply)
        : undefined;
    };
    const preparing = (id: number, [x, y]: readonly Place[]): Request => ({
      ask: 'prepare',
      id,
      program: doubling,
      arguments: [x],
      results: [y],
      allowDegraded: false,
    });
    /** Of a message that makes its listener throw. */
    const error = { error: { name: 'TypeError', message: expect.stringContaining('null') as string } };

    const start = (script: string | URL): void => {
      const channel = new MessageChannel();
      port = channel.port1;
      const port2 = channel.port2;
      const memory = mailboxMemory();
      mailbox = asker(memory);
      const workerData: ThreadData & { program: string } = { port: port2, memory, program: program().href };
      worker = new Worker(script, { eval: typeof script === 'string', workerData, transferList: [port2] });
    };

    beforeEach(() => {
      start(program());
    });
    afterEach(() => worker.terminate());

    it('is asked by words as soon as it has answered, and then has no message unless there is something to tell', () => {
      ask({ ask: 'open', mode: 'cpu' });
      const places = placesFor([...doubling.arguments, ...doubling.results]);
      expect(ask(preparing(5, places))).toBeUndefined();
      expect(mailbox.ask(5)).toBe(true);
      expect(mailbox.answered(20_000)).toBe('message');
      expect(receiveMessageOnPort(port)?.message).toMatchObject({ execution: { backend: 'cpu' } });
      numbersAt(places[0])[0] = 21;
      expect(mailbox.ask(5)).toBe(true);
      expect(mailbox.answered(20_000)).toBe('unchanged');
      expect(numbersAt(places[1])[0]).toBe(42);
    });

    it('tells of an error that nobody caught at the next request, and at that alone', async () => {
      expect(ask({ ask: 'open', mode: 'cpu' })).toMatchObject({ info: { mode: 'cpu' } });
      send(null);
      await pause(long);
      expect(ask({ ask: 'open', mode: 'cpu' })).toMatchObject(error);
      // Whose own answer says nothing: were answers one behind, it would be that of `open`.
      expect(ask(preparing(5, placesFor([...doubling.arguments, ...doubling.results])))).toBeUndefined();
      expect(ask({ ask: 'open', mode: 'cpu' })).toMatchObject({ info: { mode: 'cpu' } });
    });

    it('answers a request with the error that nobody caught meanwhile, and not a second time', async () => {
      await worker.terminate();
      start(slowLoader);
      // In one of the turns of its event loop that loading gpu.js takes, the thread hears the second message.
      port.postMessage({ ask: 'open', mode: 'cpu' } satisfies Request);
      send(null);
      expect(mailbox.answered(20_000)).toBe('message');
      expect(receiveMessageOnPort(port)?.message).toMatchObject(error);
      await pause(long);
      expect(mailbox.answered(0)).toBeUndefined();
      expect(receiveMessageOnPort(port)).toBeUndefined();
      expect(ask({ ask: 'open', mode: 'cpu' })).toMatchObject({ info: { mode: 'cpu' } });
    });
  });
}
