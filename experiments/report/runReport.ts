import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whatRan } from '../runner/choices.js';
import { type RunConfig, readSummary } from '../runner/record.js';
import type { Results } from '../runner/results.js';
import type { RunData } from '../runner/runData.js';
import { writeTables } from '../runner/tables.js';
import { fileName } from '../studies/config.js';
import type { AsWritten, StudyDefinition } from '../studies/study.js';
import { writeFigure } from './figure.js';
import { renderPage } from './page.js';
import { runFigures } from './runFigures.js';
import { runPage } from './runPage.js';
import { openEvents } from './tensorboard/eventFile.js';

/** A run as its folder has it, with what it comes to. */
export interface ReportedRun {
  readonly folder: string;
  readonly study: StudyDefinition;
  readonly record: RunConfig;
  readonly asWritten: Readonly<Record<string, AsWritten>>;
  readonly data: RunData;
  readonly results: Results;
}

/**
 * Writes what a run's folder is to show: tables, TensorBoard events, each picture as PNG and SVG, and `report.html`, one
 * file with all of it. Whatever was there is replaced. Returns the paths of the page and of the PNGs.
 */
export async function writeReport(
  run: ReportedRun,
): Promise<{ readonly page: string; readonly pictures: readonly string[] }> {
  const { folder, study, record, data, results, asWritten } = run;
  const path = (file: string): string => join(folder, file);
  writeTables({ path }, data);
  writeEvents(path('tensorboard'), record, data);
  const { figures, missing } = runFigures(study, data, results);
  const pictures: string[] = [];
  for (const { file, figure } of figures) pictures.push((await writeFigure(figure, path(file))).png);
  const { status, seconds } = readSummary(folder);
  const ran = whatRan(folder, record.backend);
  const parts = { study, record, ran, status, seconds, data, results, asWritten, figures, missing };
  writeFileSync(path('report.html'), await renderPage(runPage(parts)));
  return { page: path('report.html'), pictures };
}

/** A folder of events for each training on a fresh seed; TensorBoard draws them over each other. */
function writeEvents(folder: string, { startedAt }: RunConfig, { trained }: RunData): void {
  if (existsSync(folder)) rmSync(folder, { recursive: true });
  const start = Date.parse(startedAt) / 1000;
  for (const { arm, seed, sweepValue, epochs, seconds } of trained) {
    const name = fileName(sweepValue === null ? arm : `${arm} ${sweepValue}`);
    const events = openEvents(join(folder, name, `seed-${seed}`), start);
    events.append(
      ...epochs.flatMap((metrics, i) =>
        Object.entries(metrics).map(([tag, value]) => ({
          tag,
          step: i + 1,
          value,
          wallTime: start + seconds[i],
        })),
      ),
    );
    events.close();
  }
}
