import type { MessagePort } from 'node:worker_threads';
import { UsageError } from '../../../engine/core/errors.js';
import { StorageError } from '../../files/lineFile.js';
import { SearchSpaceError } from '../space/errors.js';
import type { TrialRecord } from '../log/records.js';
import type { Outcome } from '../trial/tell.js';

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

/** An error, which loses its class on the way between threads. */
export type ErrorText = { readonly name: string; readonly message: string };

/** The answer, with what it changed of the trial but for its reports, which would be copied with every new one; or the error. */
export type Reply =
  { readonly value: unknown; readonly changed: Partial<TrialRecord> } | { readonly error: ErrorText };

/** How a trial ended in its thread; `fatal` is an error that ends the study. */
export type ThreadEnded = { readonly outcome: number | Outcome; readonly fatal?: ErrorText };

/** The error that another thread has sent. */
export function errorOf({ name, message }: ErrorText): Error {
  const known = [SearchSpaceError, StorageError, UsageError].find((candidate) => candidate.name === name);
  return known === undefined ? new Error(message) : new known(message);
}
