/** A conversation between a worker thread and the thread that gave it a task. */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** The worker's side: messages that it sends while it works. */
export interface Link {
  /** Sends a message without waiting for an answer. */
  tell(message: unknown): void;
  /** Sends a message, sleeps until it is answered, and returns the answer. Throws what the other side threw. */
  ask(message: unknown): unknown;
}

/** The worker's end of a link, in the form that is sent to its thread. */
export interface LinkEnd {
  readonly port: MessagePort;
  /** A single number, 1 once an answer waits at the port. */
  readonly answered: Int32Array;
}

interface Message {
  readonly isQuestion: boolean;
  readonly content: unknown;
}

type Answer = { readonly value: unknown } | { readonly error: ErrorText };

/** An error in the form that is sent between threads, where errors lose their class. */
export interface ErrorText {
  readonly name: string;
  readonly message: string;
}

type ErrorClass = new (message: string) => Error;

/**
 * Opens a link. `answer` receives each message of the worker; its result, or the error that it throws, at once or later, is the
 * answer to a question.
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
      // A value that cannot be sent gets here too: the worker must not sleep for ever.
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

/** The worker's side of a link. Errors whose name is that of one of the classes are thrown as such. */
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

/** Name and message of an error, to be sent to another thread. */
export function errorText(error: unknown): ErrorText {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, message };
}

/** The error that another thread sent, as an instance of the class that has its name, if there is one. */
export function errorOf({ name, message }: ErrorText, classes: readonly ErrorClass[]): Error {
  const ErrorOfName = classes.find((candidate) => candidate.name === name) ?? Error;
  return new ErrorOfName(message);
}
