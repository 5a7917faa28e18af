/** Runs of the toy study in folders below `root`, which is removed after the tests of the calling file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { tensor } from '../../engine/index.js';
import type { ReportedRun } from '../../experiments/report/run/common/reportedRun.js';
import { writeReport } from '../../experiments/report/run/runReport.js';
import { readConfig } from '../../experiments/runner/record/recordFiles.js';
import { readRun } from '../../experiments/runner/record/runData.js';
import { summarize } from '../../experiments/runner/results/results.js';
import { type FinishedRun, runStudy } from '../../experiments/runner/run.js';
import type { RunOptions } from '../../experiments/runner/runOptions.js';
import type { Overrides, StudyConfig } from '../../experiments/studies/config.js';
import { program } from '../../experiments/studies/program.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import { interruptAt, toyConfig, toySettings, toyStudy } from '../runner/toyStudy.js';

export const root = mkdtempSync(join(tmpdir(), 'metagrad-folder-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

/** The toy study, whose trainings end with parameters. */
export function keeping(): StudyDefinition {
  const study = toyStudy();
  return {
    ...study,
    programs: (...args) =>
      Object.fromEntries(
        Object.entries(study.programs(...args)).map(([name, original]) => [
          name,
          program(toySettings, function* (run, settings) {
            yield* original.start(run, settings);
            return { w: tensor([settings.lr, run.seed % 1000]) };
          }),
        ]),
      ),
  };
}

export const small: Overrides = {
  trials: 2,
  searches: 1,
  seeds: 2,
  reproductions: 1,
  arms: { follower: null },
};

export const run = (
  config: StudyConfig = toyConfig(small),
  options: Partial<RunOptions> = {},
  study = keeping(),
): Promise<FinishedRun> =>
  runStudy(study, config, { place: { root }, interrupt: interruptAt(), quiet: true, ...options });

export const resume = (folder: string, config?: StudyConfig): Promise<FinishedRun> =>
  run(config, { place: { resume: folder } });

/** What `metagrad report` makes of a folder, for a study that it cannot find by name. */
export async function reported(folder: string, study = keeping()): Promise<ReportedRun> {
  const record = readConfig(folder);
  const config = record.config as StudyConfig;
  const reproductions = study.reproductions!(config, { compile: {} });
  const data = await readRun(folder, config);
  return { folder, study, record, reproductions, data, results: summarize(reproductions, data) };
}

export const report = async (folder: string) => writeReport(await reported(folder));

export const tables = (folder: string) =>
  ['metrics.csv', 'trials.csv', 'report.html'].map((name) => readFileSync(join(folder, name), 'utf8'));

export const withFolder = async (...changes: Overrides[]): Promise<string> => {
  const { record } = await run(toyConfig(small, ...changes));
  await report(record.folder);
  return record.folder;
};

export const arm = { role: 'control', program: 'parabola', description: 'one' } as const;
export const space = { lr: { low: 1e-5, high: 1e-1, log: true } };
