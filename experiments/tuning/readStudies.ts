import type { StudyRecord } from './records.js';
import { createReplay } from './replay.js';
import type { Storage } from './storage/storage.js';

/** The studies of a log as they are now, in the order of creation. Nothing is written, and no lock is taken. */
export async function readStudies(storage: Storage): Promise<readonly StudyRecord[]> {
  const replay = createReplay();
  replay.apply((await storage.read(0)).operations);
  return replay.names().flatMap((name) => replay.study(name) ?? []);
}
