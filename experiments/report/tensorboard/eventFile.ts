import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../../engine/core/errors.js';
import { isNumber, isText, requireKind } from '../../../engine/core/options.js';
import { type PartKinds, readParts } from '../draw/parts.js';
import { type Scalar, scalarEvent, versionEvent } from './eventMessage.js';
import { tfRecord } from './tfRecord.js';

/** An event file that TensorBoard reads, also while it grows. */
export interface EventFile {
  readonly path: string;
  /** Appends scalars. The operating system has them when it returns, so a killed process loses none of them. */
  readonly append: (...scalars: readonly Scalar[]) => void;
  /** Makes the scalars safe against a power cut too, and ends the file. */
  readonly close: () => void;
}

/**
 * Starts the event file `events.out.tfevents.SECONDS.metagrad` in a folder, which is made if it is not there. TensorBoard takes each
 * folder for one run and draws runs over each other, so give every arm and seed its own.
 *
 * `startedAt` is in seconds since 1970; equal times and scalars give equal bytes. Throws a UsageError if the file exists, for a time
 * that is negative or non-finite, and in `append` for a step that is not an integer >= 0.
 */
export function openEvents(folder: string, startedAt: number): EventFile {
  requireKind('openEvents', 'the folder', folder, isText);
  checkTime('openEvents', startedAt);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `events.out.tfevents.${Math.floor(startedAt)}.metagrad`);
  const file = openNew(path);
  writeWhole(file, tfRecord(versionEvent(startedAt)));
  return {
    path,
    append: (...scalars) => {
      for (const scalar of scalars) checkScalar(scalar);
      writeWhole(file, Buffer.concat(scalars.map((scalar) => tfRecord(scalarEvent(scalar)))));
    },
    close: () => {
      fsyncSync(file);
      closeSync(file);
    },
  };
}

function openNew(path: string): number {
  try {
    return openSync(path, 'ax');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`openEvents: ${path} exists; give every run its own folder.`, { cause: error });
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

const kinds: PartKinds<Scalar> = {
  required: { tag: isText, step: isNumber, value: isNumber, wallTime: isNumber },
  optional: {},
};

function checkScalar(scalar: Scalar): void {
  const { tag, step, wallTime } = readParts('openEvents: append', scalar, kinds);
  if (!Number.isSafeInteger(step) || step < 0)
    throw new UsageError(`openEvents: '${tag}' at step ${step}; give an integer >= 0.`);
  checkTime(`openEvents: '${tag}'`, wallTime);
}

function checkTime(operation: string, seconds: number): void {
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new UsageError(`${operation}: ${seconds} is not a time; give seconds since 1970.`);
}
