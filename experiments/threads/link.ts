/** A conversation between a worker thread and the thread that gave it a task. */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** The worker's side: what it can say while it works. */
export interface Link {
  /** Sends a message and goes on. */
  tell(message: unknown): void;
  /** Sends a message, sleeps until it is answered, and returns the answer. Throws what the other side threw. */
  ask(message: unknown): unknown;
}

/** The worker's end of a link, as it is sent to the thread. */
export interface LinkEnd {
  readonly port: MessagePort;
  /** One number, 1 once an answer waits at the port. */
  readonly answered: Int32Array;
}

interface Message {
  readonly isQuestion: boolean;
  readonly content: unknown;
}

type Answer = { readonly value: unknown } | { readonly error: ErrorText };

/** An error between threads, where it would lose its class. */
export interface ErrorText {
  readonly name: string;
  readonly message: string;
}

type ErrorClass = new (message: string) => Error;

/**
 * Opens a link. `answer` receives each message of the worker; what it returns or throws, at once or later, is the answer
 * to a question.
 */
export function openLink(answer: (message: unknown) => unknown): {
  readonly end: LinkEnd;
  readonly close: () => void;
} {
  const { port1: here, port2: port } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));

  function send(message: Answer): void {
    here.postMessage(message);
    Atomics.store(answered, 0, 1);
    Atomics.notify(answered, 0);
  }

  async function receive({ isQuestion, content }: Message): Promise<void> {
    try {
      const value = await answer(content);
      if (isQuestion) send({ value });
    } catch (error) {
      // Also of a value that cannot be sent: the worker must not sleep for ever.
      if (isQuestion) send({ error: errorText(error) });
    }
  }

  here.on('message', (message: Message) => void receive(message));
  return {
    end: { port, answered },
    close: () => {
      here.close();
    },
  };
}

/** The worker's side of a link; errors of the classes given keep their class. */
export function linkOf({ port, answered }: LinkEnd, classes: readonly ErrorClass[] = []): Link {
  const send = (message: Message): void => {
    port.postMessage(message);
  };
  return {
    tell(content) {
      send({ isQuestion: false, content });
    },
    ask(content) {
      send({ isQuestion: true, content });
      Atomics.wait(answered, 0, 0);
      Atomics.store(answered, 0, 0);
      const reply = receiveMessageOnPort(port)?.message as Answer;
      if ('error' in reply) throw errorOf(reply.error, classes);
      return reply.value;
    },
  };
}

export function errorText(error: unknown): ErrorText {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, message };
}

/** The error that another thread sent, of one of the classes if it has the name of one. */
export function errorOf({ name, message }: ErrorText, classes: readonly ErrorClass[]): Error {
  const known = classes.find((candidate) => candidate.name === name);
  return known === undefined ? new Error(message) : new known(message);
}
