/**
 * Words in shared memory by which one thread requests a run from another and is answered, without messages: a request is the
 * number of a program, whose arguments and results are in shared memory, too.
 */

/** The positions of the words: the state of the thread with the device, the requested program, and the answer. */
const [doing, program, answer] = [0, 1, 2];
/** The states of the thread with the device: at its port or at work, waiting for a run, requested to run. */
const [away, waiting, asked] = [0, 1, 2];
const answers = ['none', 'unchanged', 'message'] as const;

/** The word and its value that say that there is a message at the port, for a thread that has not loaded this module. */
export const messageMark = { word: answer, value: answers.indexOf('message') } as const;

/** How a request was answered: there is a message at the port, or there is nothing new to tell. */
export type Answer = Exclude<(typeof answers)[number], 'none'>;

export const mailboxMemory = (): Int32Array => new Int32Array(new SharedArrayBuffer(12));

/** The end of the thread that asks. */
export interface Asker {
  /** Requests a run. False if the other thread is not waiting for one, so that a message must be sent. */
  ask(id: number): boolean;
  /** Sends the other thread to its port, if it waits for a run. */
  toPort(): void;
  /** Waits for the answer; undefined if there is none within `milliseconds`. */
  answered(milliseconds: number): Answer | undefined;
}

export function asker(words: Int32Array): Asker {
  const waitWhile = waiter(words, answer);
  return {
    ask(id) {
      Atomics.store(words, program, id);
      if (Atomics.compareExchange(words, doing, waiting, asked) !== waiting) return false;
      Atomics.notify(words, doing);
      return true;
    },
    toPort() {
      Atomics.store(words, doing, away);
      Atomics.notify(words, doing);
    },
    answered(milliseconds) {
      if (!waitWhile(0, milliseconds)) return undefined;
      return answers[Atomics.exchange(words, answer, 0)] as Answer;
    },
  };
}

/** The end of the thread with the device. */
export interface Answerer {
  answer(how: Answer): void;
  /** From now on it is asked by words. Said before the answer, which the other thread may be quick to follow up. */
  stay(): void;
  /** Waits for the program to run; undefined if there is a message at its port, or after `milliseconds`. */
  next(milliseconds: number): number | undefined;
}

export function answerer(words: Int32Array): Answerer {
  const waitWhile = waiter(words, doing);
  return {
    answer(how) {
      Atomics.store(words, answer, answers.indexOf(how));
      Atomics.notify(words, answer);
    },
    stay() {
      Atomics.store(words, doing, waiting);
    },
    next(milliseconds) {
      waitWhile(waiting, milliseconds);
      // Asked in the last moment is asked; else it waits no more.
      if (Atomics.compareExchange(words, doing, waiting, away) !== asked) return undefined;
      Atomics.store(words, doing, away);
      return Atomics.load(words, program);
    },
  };
}

/** In milliseconds: small plans are answered within it, and being woken takes a tenth of it. */
const busily = 0.05;
/**
 * How often in a row busy waiting may be in vain before it is only tried now and then, and how seldom that is: what takes
 * long is not worth it, and two threads that share a core only keep each other from it.
 */
const [patience, seldom] = [2, 64];

/** Waits while a word has a value, first busily, where that has been worth it, then asleep. */
function waiter(words: Int32Array, word: number) {
  let inVain = 0;
  /** False if the word still has the value after `milliseconds`. */
  return (value: number, milliseconds: number): boolean => {
    if (inVain < patience || inVain % seldom === 0) {
      const until = performance.now() + busily;
      do {
        for (let look = 0; look < 100; look++)
          if (Atomics.load(words, word) !== value) {
            inVain = 0;
            return true;
          }
      } while (performance.now() < until);
    }
    inVain++;
    const end = performance.now() + milliseconds;
    // A wake-up proves nothing: it may be for a change that was seen before the other thread's notification.
    while (Atomics.load(words, word) === value)
      if (Atomics.wait(words, word, value, end - performance.now()) === 'timed-out') return false;
    return true;
  };
}
