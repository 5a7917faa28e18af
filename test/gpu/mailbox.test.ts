/** The words by which two threads take turns, both ends in one thread: every order in which they may be said. */
import { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Answerer,
  type Asker,
  answerer,
  asker,
  mailboxMemory,
} from '../../engine/backends/gpu/thread/mailbox.js';

let here: Asker;
let there: Answerer;

beforeEach(() => {
  const memory = mailboxMemory();
  [here, there] = [asker(memory), answerer(memory)];
});

describe('a request', () => {
  it('is not for words while the other thread is away', () => {
    expect(here.ask(1)).toBe(false);
    there.stay();
    expect(here.ask(1)).toBe(true);
  });

  it('reaches a thread that stays, whether it is waiting yet or not', () => {
    for (const id of [7, 8, 0]) {
      there.stay();
      expect(here.ask(id)).toBe(true);
      expect(there.next(1000)).toBe(id);
      there.answer('unchanged');
      expect(here.answered(1000)).toBe('unchanged');
    }
  });

  it('finds a thread away that it was answered by and that did not stay', () => {
    there.stay();
    here.ask(1);
    there.next(1000);
    there.answer('message');
    expect(here.answered(1000)).toBe('message');
    expect(here.ask(2)).toBe(false);
  });

  it('sent to the port ends the waiting there', () => {
    there.stay();
    here.toPort();
    expect(there.next(1000)).toBeUndefined();
    expect(here.ask(1)).toBe(false);
  });
});

describe('waiting', () => {
  it('ends with nothing after its time, and the thread is away', () => {
    there.stay();
    const started = performance.now();
    expect(there.next(30)).toBeUndefined();
    expect(performance.now() - started).toBeGreaterThan(29);
    expect(here.ask(1)).toBe(false);
  });

  it('for an answer ends with nothing after its time, and takes each answer once', () => {
    expect(here.answered(10)).toBeUndefined();
    there.answer('message');
    expect(here.answered(10)).toBe('message');
    expect(here.answered(10)).toBeUndefined();
  });

  it('goes on when it is woken for a change that was seen already', async () => {
    const memory = mailboxMemory();
    // Wakes whoever waits for an answer, and answers 30 ms later.
    const program = `
      const { workerData: words } = require('node:worker_threads');
      const pause = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
      while (Atomics.notify(words, 2) === 0) pause(1);
      pause(30);
      Atomics.store(words, 2, 2);
      Atomics.notify(words, 2);`;
    const worker = new Worker(program, { eval: true, workerData: memory });
    expect(asker(memory).answered(20_000)).toBe('message');
    await worker.terminate();
  });
});
