/** Where the files of a run's jobs lie in its folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileName } from '../../files/fileName.js';
import { inFolder } from '../../files/inFolder.js';
import type { SearchJob, TrainingJob } from './jobs.js';

/**
 * The version of the form of run folders. Those of 1, which do not say so, have other names for the files of arms;
 * what upgrade.ts does is for those of 1 and 2.
 */
export const runFormat = 3;

/** Paths to write to: none leads out of the folder. */
export interface RunFiles {
  journal(job: SearchJob): string;
  /** The parameters that a training ended with. */
  checkpoint(job: TrainingJob): string;
}

export function runFiles(folder: string): RunFiles {
  const name = formatOf(folder) < 2 ? fileNameBefore : fileName;
  return {
    journal: ({ arm, search }) => inFolder(folder, 'journals', `${name(arm)}.${search}.log`),
    checkpoint: ({ arm, seed }) => inFolder(folder, 'checkpoints', `${name(arm)}.${seed}.safetensors`),
  };
}

function formatOf(folder: string): number {
  const { format = 1 } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
    readonly format?: number;
  };
  return format;
}

/** As in format 1, which refused arms whose names were the same in it. */
const fileNameBefore = (arm: string): string => arm.replaceAll(/[^\w.-]+/g, '-');
