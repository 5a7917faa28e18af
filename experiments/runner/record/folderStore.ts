import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { leavesByPath } from '../../../engine/core/tree.js';
import { formatSafetensors } from '../../../engine/io/safetensors.js';
import { fileName } from '../../files/fileName.js';
import { inFolder } from '../../files/inFolder.js';
import { appendLines, repairEnd } from '../../files/lineFile.js';
import { removeLeftovers, replaceFile } from '../../files/replaceFile.js';
import { jsonText } from '../../../engine/io/json.js';
import { jsonNumber } from '../../text/json.js';
import { type JsonLinesFile, readJsonLines } from '../../text/jsonLines.js';
import { journalStorage } from '../../tuning/index.js';
import { checksum } from './checkpoints.js';
import { type RunLog, finishedJobs, openRunLog, readRunLog } from './runLog.js';
import type { PlanChoice, RunStore } from './runStore.js';
import type { SearchJob, TrainingJob } from './jobs.js';

/**
 * The folder of a run as its store: `finished.jsonl`, a line for each entry; `journals/`, a file for each search;
 * `checkpoints/`, a file for each training; and `plans.jsonl`, a line for each choice. Only files in the folder are written.
 */
export function folderStore(folder: string): RunStore {
  const log = (): string => inFolder(folder, 'finished.jsonl');
  const plans = (): JsonLinesFile<PlanChoice> => plansFile(inFolder(folder, 'plans.jsonl'));
  const name = formatOf(folder) < 2 ? fileNameBefore : fileName;
  const journal = ({ arm, search }: SearchJob): string =>
    inFolder(folder, 'journals', `${name(arm)}.${search}.log`);
  const checkpoint = ({ arm, seed }: TrainingJob): string =>
    inFolder(folder, 'checkpoints', `${name(arm)}.${seed}.safetensors`);
  let open: RunLog | undefined;
  return {
    address: folder,
    searchStorage(job) {
      const path = journal(job);
      const storage = journalStorage(path);
      return {
        ...storage,
        transact(position, decide) {
          mkdirSync(dirname(path), { recursive: true });
          return storage.transact(position, decide);
        },
      };
    },
    lines: () => readRunLog(log()),
    entries: () => finishedJobs(readRunLog(log())),
    append(line) {
      open ??= openRunLog(log());
      open.append(line);
    },
    saveCheckpoint(job, params) {
      const content = formatSafetensors(Object.fromEntries(leavesByPath(params)));
      const path = checkpoint(job);
      mkdirSync(dirname(path), { recursive: true });
      replaceFile(path, content);
      return { bytes: content.length, sha256: checksum(content) };
    },
    readCheckpoint(job) {
      const place = checkpoint(job);
      const isThere = statSync(place, { throwIfNoEntry: false })?.isFile() === true;
      return { place, content: isThere ? readFileSync(place) : null };
    },
    choices: () => readJsonLines(plans()),
    noteChoice(choice) {
      appendLines(plans(), [jsonText(choice)]);
    },
  };
}

/** Opens the store of another thread or process by its address. */
export const openStore = folderStore;

/**
 * Removes what killed processes left in a run's folder: temporary files, and a last line of `plans.jsonl` without its end.
 * No other process may be writing to the folder. The log and the journals are repaired when they are opened.
 */
export function repairFolder(folder: string): void {
  for (const written of [folder, join(folder, 'checkpoints')]) removeLeftovers(written);
  repairEnd(plansFile(inFolder(folder, 'plans.jsonl')), () => false);
}

/**
 * The present format of run folders. Those of format 1, whose `config.json` names no format, have other names for the files
 * of arms; upgrade.ts reads 1 to 3 as the present one.
 */
export const runFormat = 4;

function formatOf(folder: string): number {
  const { format = 1 } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
    readonly format?: number;
  };
  return format;
}

/** The names of format 1, which refused two arms with one such name. */
const fileNameBefore = (arm: string): string => arm.replaceAll(/[^\w.-]+/g, '-');

const planChoice = z.looseObject({
  plan: z.string(),
  backend: z.enum(['cpu', 'wasm', 'gpu']),
  milliseconds: z.record(z.string(), jsonNumber),
  reason: z.string(),
});

const plansFile = (path: string): JsonLinesFile<PlanChoice> => ({
  path,
  name: path,
  next: 'resume the run',
  entry: 'choice of a backend',
  parse: (value) => planChoice.parse(value),
});
