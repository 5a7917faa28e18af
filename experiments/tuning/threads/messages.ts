import type { MessagePort } from 'node:worker_threads';
import type { TrialRecord } from '../records.js';
import type { Outcome } from '../tell.js';

/** What a thread needs to run one trial. */
export type Task = {
  /** The address of the module with the objective. */
  readonly module: string;
  /** The trial as it began. */
  readonly record: TrialRecord;
  /** Where the thread asks the trial for its parameters, one request at a time. */
  readonly port: MessagePort;
  /** One number, 1 when the answer to the request lies at the port: the thread sleeps until then. */
  readonly answered: Int32Array;
};

/** What an objective may ask of its trial, which itself stays with the study. */
export type Method =
  'suggestFloat' | 'suggestInt' | 'suggestCategorical' | 'report' | 'shouldPrune' | 'setUserAttribute';

export type Request = { readonly method: Method; readonly args: readonly unknown[] };

/** The answer, with the trial as it then stands; or the error, which loses its class on the way between threads. */
export type Reply =
  | { readonly value: unknown; readonly record: TrialRecord }
  | { readonly error: { readonly name: string; readonly message: string } };

/** How a trial ended in its thread; `fatal` is the message of a SearchSpaceError, which ends the study. */
export type ThreadEnded = { readonly outcome: number | Outcome; readonly fatal?: string };
