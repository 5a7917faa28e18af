import { setImmediate } from 'node:timers/promises';
import { type Kinds, isFunction, kind, readOptions } from '../../../engine/core/options.js';

/** Thrown when the user asked a run to stop. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  constructor(readonly by: InterruptSignal) {
    super(`interrupted by ${by}`);
  }
  /** The exit code of a program that a signal ended: 128 + the signal's number. */
  get exitCode(): number {
    return exitCodes[this.by];
  }
}

export type InterruptSignal = 'SIGINT' | 'SIGTERM';

const exitCodes: Readonly<Record<InterruptSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Milliseconds within which signals are one Ctrl-C: under npm the terminal sends one and npm passes on another. */
const oneKeystroke = 500;

/** The request to stop a run, which signals make. */
export interface Interrupt {
  /** Aborted by the first signal; its reason is an InterruptedError. */
  readonly signal: AbortSignal;
  /**
   * Lets a waiting signal arrive, then throws its InterruptedError if there was one. Node delivers signals only between turns
   * of the event loop, so a training loop that never waits would not notice Ctrl-C: call this after every epoch, or every
   * tenth of a second of work. It takes some microseconds.
   */
  readonly pause: () => Promise<void>;
  /** Stops listening, so that signals end the process again as usual. */
  readonly dispose: () => void;
}

export interface InterruptOptions {
  /** Called at the first signal, for a message that the record is being finished. */
  readonly onInterrupt?: (by: InterruptSignal) => void;
  /** A clock, in milliseconds. */
  readonly now?: () => number;
  /** The source of signals, which also ends the program; default `process`. */
  readonly host?: SignalHost;
}

const kinds: Kinds<InterruptOptions> = {
  onInterrupt: isFunction,
  now: isFunction,
  host: kind(
    'what sends signals, with on, off and exit',
    (value) =>
      typeof value === 'object' && value !== null && ['on', 'off', 'exit'].every((name) => name in value),
  ),
};

/** The part of `process` that signals need. */
export interface SignalHost {
  on(signal: InterruptSignal, listener: () => void): unknown;
  off(signal: InterruptSignal, listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * Turns Ctrl-C (SIGINT) and SIGTERM into an orderly stop.
 *
 * The first signal aborts `signal`: the runner leaves its loops at the next `pause`, writes what it has and marks the record as
 * interrupted. The second exits at once, with 130 or 143; the record stays whole, because its files are replaced atomically and
 * its log is appended to line by line.
 *
 *     const interrupt = listenForInterrupt();
 *     try {
 *       for (const epoch of epochs) { train(epoch); await interrupt.pause(); }
 *       record.finish('complete', results);
 *     } catch (error) {
 *       if (!(error instanceof InterruptedError)) throw error;
 *       record.finish('interrupted', results);
 *     } finally { interrupt.dispose(); }
 */
export function listenForInterrupt(options: InterruptOptions = {}): Interrupt {
  const {
    onInterrupt,
    host = process,
    now = () => performance.now(),
  } = readOptions<InterruptOptions>('listenForInterrupt', options, kinds);
  const controller = new AbortController();
  let firstAt = -Infinity;
  const listeners = (Object.keys(exitCodes) as InterruptSignal[]).map((name) => {
    const listener = (): void => {
      if (!controller.signal.aborted) {
        firstAt = now();
        controller.abort(new InterruptedError(name));
        onInterrupt?.(name);
      } else if (now() - firstAt > oneKeystroke) {
        host.exit(exitCodes[name]);
      }
    };
    host.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    pause: async () => {
      await setImmediate();
      controller.signal.throwIfAborted();
    },
    dispose: () => {
      for (const { name, listener } of listeners) host.off(name, listener);
    },
  };
}
