/** Checks that the checkpoints of a run are still what its trainings wrote. */
import { createHash } from 'node:crypto';
import { FormatError } from '../../../engine/index.js';
import { parseSafetensors } from '../../../engine/io/safetensors.js';
import type { Checkpoint, LogEntry, TrainingEntry } from './runLog.js';
import type { RunStore } from './runStore.js';

/** A training whose checkpoint is damaged, and how. */
export interface DamagedCheckpoint {
  readonly training: TrainingEntry;
  readonly place: string;
  readonly problem: string;
}

/** The checkpoints that are missing, cut short or changed; in runs that did not note checksums, those that cannot be read. */
export async function damagedCheckpoints(
  store: RunStore,
  entries: readonly LogEntry[],
): Promise<readonly DamagedCheckpoint[]> {
  const damaged: DamagedCheckpoint[] = [];
  for (const training of entries) {
    if (training.kind !== 'training' || training.sweepValue !== null) continue;
    const { place, content } = await store.readCheckpoint(training);
    const problem = problemOf(content, training.checkpoint);
    if (problem !== undefined) damaged.push({ training, place, problem });
  }
  return damaged;
}

function problemOf(content: Uint8Array | null, noted: Checkpoint | undefined): string | undefined {
  if (content === null) return noted === undefined ? undefined : 'is missing';
  if (noted === undefined) return unreadable(content);
  if (content.length < noted.bytes) return `is cut short: ${content.length} of ${noted.bytes} bytes`;
  return checksum(content) === noted.sha256 ? undefined : 'is not what the training wrote';
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

/** A line that describes a damaged checkpoint and its consequences. */
export const describeDamage = ({ training: { arm, seed }, place, problem }: DamagedCheckpoint): string =>
  `checkpoint ${place} (arm '${arm}', seed ${seed}) ${problem}; the results do not depend on it, ` +
  'but the trained parameters are lost: `metagrad run --resume` trains that seed again.';

/** The SHA-256 of a checkpoint, in hexadecimal digits. */
export const checksum = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
