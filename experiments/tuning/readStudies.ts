import { requireStorage } from './space/kinds.js';
import { follow } from './log/follow.js';
import type { StudyRecord } from './log/records.js';
import { createReplay } from './log/replay.js';
import type { Storage } from './log/storage.js';

/** The studies of a log in their present state, in the order of creation. Nothing is written, and no lock is taken. */
export async function readStudies(storage: Storage): Promise<readonly StudyRecord[]> {
  requireStorage('readStudies', storage);
  const replay = createReplay();
  const { operations } = await storage.read(0);
  follow(replay, storage, 0, operations);
  return replay.names().flatMap((name) => replay.study(name) ?? []);
}
