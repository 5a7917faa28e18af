/** The conversation between a worker thread and the thread that gave it a task, both ends in this thread. */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../engine/index.js';
import { errorOf, errorText, linkOf, openLink } from '../../experiments/threads/link.js';

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const { close } of open.splice(0)) close();
});

/** Lets messages between ports arrive. */
const delivered = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Sends a question as a worker would, which then sleeps, and returns what wakes it: the flag and the answer. */
async function asked(answer: (message: unknown) => unknown, content: unknown): Promise<unknown[]> {
  const link = openLink(answer);
  open.push(link);
  const { port, answered } = link.end;
  port.postMessage({ isQuestion: true, content });
  await delivered();
  return [answered[0], (receiveMessageOnPort(port) as { message: unknown } | undefined)?.message];
}

/** A worker's end whose question is answered before it is asked, so that it does not sleep. */
function answeredWith(answer: unknown, ...classes: Parameters<typeof linkOf>[1] & object) {
  const { port1, port2 } = new MessageChannel();
  open.push({ close: () => { port1.close(); } }); // prettier-ignore
  port1.postMessage(answer);
  const answered = new Int32Array(new SharedArrayBuffer(4)).fill(1);
  return { there: port1, answered, link: linkOf({ port: port2, answered }, classes) };
}

const messageAt = (port: MessagePort): unknown =>
  (receiveMessageOnPort(port) as { message: unknown } | undefined)?.message;

describe('the end that answers', () => {
  it('answers at once or later, and wakes the worker', async () => {
    expect(await asked((message) => [message, 2], 'one')).toEqual([1, { value: ['one', 2] }]);
    expect(await asked((message) => Promise.resolve(message), 'late')).toEqual([1, { value: 'late' }]);
  });

  it('answers with the error that is thrown, at once or later', async () => {
    const error = { name: 'UsageError', message: 'no' };
    const thrown = (): never => {
      throw new UsageError('no');
    };
    expect(await asked(thrown, null)).toEqual([1, { error }]);
    expect(await asked(() => Promise.reject(new UsageError('no')), null)).toEqual([1, { error }]);
  });

  it('wakes the worker though the answer cannot be sent', async () => {
    const [flag, answer] = await asked(() => () => 1, null);
    expect(flag).toBe(1);
    expect(answer).toMatchObject({ error: { name: 'DataCloneError' } });
  });

  it('receives what `tell` sends without an answer, even if handling it fails', async () => {
    const told: unknown[] = [];
    const link = openLink((message) => {
      told.push(message);
      throw new Error('lost');
    });
    open.push(link);
    linkOf(link.end).tell({ epoch: 3 });
    await delivered();
    expect(told).toEqual([{ epoch: 3 }]);
    expect([link.end.answered[0], messageAt(link.end.port)]).toEqual([0, undefined]);
  });
});

describe("the worker's end", () => {
  it('sends its question, returns the answer, and sleeps at the next one', () => {
    const { there, answered, link } = answeredWith({ value: 7 });
    expect(link.ask('how many')).toBe(7);
    expect(messageAt(there)).toEqual({ isQuestion: true, content: 'how many' });
    expect(answered[0]).toBe(0);
  });

  it('throws the error of the other thread, of its class if that is known', () => {
    const error = errorText(new UsageError('mend it'));
    expect(() => answeredWith({ error }, UsageError).link.ask(null)).toThrow(UsageError);
    const plain = (): unknown => answeredWith({ error }).link.ask(null);
    expect(plain).toThrow('mend it');
    expect(plain).not.toThrow(UsageError);
  });
});

it('an error between threads keeps name and message, whatever was thrown', () => {
  expect(errorText('a text')).toEqual({ name: 'Error', message: 'a text' });
  const error = errorOf(errorText(new UsageError('no')), [UsageError]);
  expect([error instanceof UsageError, error.message]).toEqual([true, 'no']);
});
