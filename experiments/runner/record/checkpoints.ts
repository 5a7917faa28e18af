/** The parameters that trainings ended with, and whether they are still what was written. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type TensorTree, FormatError } from '../../../engine/index.js';
import { leavesByPath } from '../../../engine/core/tree.js';
import { formatSafetensors, parseSafetensors } from '../../../engine/io/safetensors.js';
import { replaceFile } from '../../files/replaceFile.js';
import type { RunFiles } from './runFiles.js';
import type { LogEntry, TrainingEntry } from './runLog.js';

/** What is known of a checkpoint's file. */
export interface Checkpoint {
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes parameters as a safetensors file, whole and on the disk. Throws a UsageError if two tensors have one path. */
export function writeCheckpoint(path: string, params: TensorTree): Checkpoint {
  const content = formatSafetensors(Object.fromEntries(leavesByPath(params)));
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, content);
  return { bytes: content.length, sha256: hashOf(content) };
}

/** A training whose checkpoint is not what it was, and what is wrong with it. */
export interface DamagedCheckpoint {
  readonly training: TrainingEntry;
  readonly path: string;
  readonly problem: string;
}

/** The checkpoints that are missing, cut short or changed. Of runs that did not note them, those that cannot be read. */
export function damagedCheckpoints(
  files: RunFiles,
  finished: readonly LogEntry[],
): readonly DamagedCheckpoint[] {
  return finished.flatMap((training) => {
    if (training.kind !== 'training' || training.sweepValue !== null) return [];
    const path = files.checkpoint(training);
    const problem = problemOf(path, training.checkpoint);
    return problem === undefined ? [] : [{ training, path, problem }];
  });
}

function problemOf(path: string, noted: Checkpoint | undefined): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    return noted === undefined ? undefined : 'is missing';
  const content = readFileSync(path);
  if (noted === undefined) return unreadable(content);
  if (content.length < noted.bytes) return `is cut short: ${content.length} of ${noted.bytes} bytes`;
  return hashOf(content) === noted.sha256 ? undefined : 'is not what the training wrote';
}

function unreadable(content: Uint8Array): string | undefined {
  try {
    parseSafetensors(content);
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return `cannot be read: ${error.message}`;
    throw error;
  }
}

/** As a line for people, with what it means. */
export const describeDamage = ({ training: { arm, seed }, path, problem }: DamagedCheckpoint): string =>
  `checkpoint ${path} (arm '${arm}', seed ${seed}) ${problem}; the results do not depend on it, ` +
  'but the trained parameters are lost: `metagrad run --resume` trains that seed again.';

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
