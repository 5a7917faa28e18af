import { IndexError } from '../../errors.js';
import { asker, mailboxMemory, messageMark } from './mailbox.js';
import type { DeviceInfo, Execution, GpuMode } from '../lower/program.js';
import type { Message, Reply, Request, ThreadData } from './protocol.js';

/** A thread with a device. Each request blocks until it is answered. */
export interface DeviceThread {
  readonly info: DeviceInfo;
  /**
   * Prepares a program under a number.
   *
   * @throws Error as the thread does.
   */
  prepare(request: Omit<Extract<Request, { ask: 'prepare' }>, 'ask'>): void;
  /**
   * Runs a program; returns its execution if that differs from the one before.
   *
   * @throws Error as the thread does.
   */
  run(id: number): Execution | undefined;
  /** Frees a program, without waiting for it. */
  destroy(id: number): void;
}

/** The URL of the thread's program that `deviceThreadAt` has set. */
let programUrl: URL | undefined;

/** Sets the URL of the compiled `engine/backends/gpu/thread/deviceThread`, for programs that are bundled into one file. */
export function deviceThreadAt(url: URL): void {
  programUrl = url;
}

/** By default beside this module. A CommonJS bundle has no URL, so there it must be set. */
function threadProgram(): URL | undefined {
  if (programUrl !== undefined || (import.meta as Partial<ImportMeta>).url === undefined) return programUrl;
  return new URL('./deviceThread.js', import.meta.url);
}

/** Loads the thread's program. Where that fails, it answers with the error: the other thread sleeps and receives no events. */
const loader = `
  const { workerData: { port, memory, program } } = process.getBuiltinModule('node:worker_threads');
  import(program).catch(({ message }) => {
    const what = 'gpu: ' + program + ', the program of the thread that runs gpu.js, does not load: ' + message;
    port.postMessage({ error: { name: 'Error', message: what } });
    Atomics.store(memory, ${messageMark.word}, ${messageMark.value});
    Atomics.notify(memory, ${messageMark.word});
  });`;

const threads = new Map<GpuMode, DeviceThread>();
/** In milliseconds, longer than any run takes: a thread that has not answered by then has died. */
const patience = 600_000;

/**
 * The thread of a mode, started when it is first needed. It does not keep the process alive.
 *
 * @throws Error where there is no such device, or no threads to wait for it in.
 */
export function deviceThread(mode: GpuMode): DeviceThread {
  let thread = threads.get(mode);
  if (thread === undefined) threads.set(mode, (thread = start(mode)));
  return thread;
}

function start(mode: GpuMode): DeviceThread {
  const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> };
  const threading = process?.getBuiltinModule?.('node:worker_threads');
  if (threading === undefined)
    throw new Error(
      'gpu: a compiled function returns its results, and a GPU answers later: Node waits for it in a thread, which a browser cannot. Use compileAsync there, or the wasm backend.',
    );
  const program = threadProgram();
  if (program === undefined || process?.getBuiltinModule?.('node:fs').existsSync(program) !== true)
    throw new Error(
      `gpu: there is no ${program?.href ?? 'deviceThread.js'}, the program of the thread that runs gpu.js; a program that is bundled into one file says where it is by deviceThreadAt(url).`,
    );
  const { port1: port, port2 } = new threading.MessageChannel();
  const memory = mailboxMemory();
  const workerData: ThreadData & { program: string } = { port: port2, memory, program: program.href };
  const worker = new threading.Worker(loader, { eval: true, workerData, transferList: [port2] });
  worker.unref();
  port.unref();
  const mailbox = asker(memory);

  const send = (message: Request | Message): void => {
    port.postMessage(message);
    mailbox.toPort();
  };
  const answered = (): Reply | undefined => {
    const answer = mailbox.answered(patience);
    if (answer === 'unchanged') return undefined;
    const received = answer && threading.receiveMessageOnPort(port);
    if (received === undefined) {
      threads.delete(mode);
      throw new Error(
        `gpu: the thread with the ${mode} device has not answered in ${patience / 1000} s; it is started anew for the next plan.`,
      );
    }
    const reply = received.message as Reply;
    if ('error' in reply) throw revived(reply.error);
    return reply;
  };
  const ask = (request: Request): Reply | undefined => {
    send(request);
    return answered();
  };
  let opened: Reply | undefined;
  try {
    opened = ask({ ask: 'open', mode });
  } catch (error) {
    void worker.terminate();
    throw error;
  }
  return {
    info: (opened as { readonly info: DeviceInfo }).info,
    prepare(request) {
      ask({ ask: 'prepare', ...request });
    },
    run(id) {
      if (!mailbox.ask(id)) send({ ask: 'run', id });
      const reply = answered();
      return reply && (reply as { readonly execution: Execution }).execution;
    },
    destroy(id) {
      send({ ask: 'destroy', id });
    },
  };
}

function revived({ name, message }: { readonly name: string; readonly message: string }): Error {
  if (name === 'IndexError') return new IndexError(message);
  if (name === 'RangeError') return new RangeError(message);
  return name === 'TypeError' ? new TypeError(message) : new Error(message);
}
