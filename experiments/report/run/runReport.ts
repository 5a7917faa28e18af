import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../../engine/core/errors.js';
import { fileName } from '../../files/fileName.js';
import { lockFolder } from '../../files/folderLock.js';
import { inFolder } from '../../files/inFolder.js';
import { removeLeftovers, replaceFile } from '../../files/replaceFile.js';
import { damagedCheckpoints, describeDamage } from '../../runner/record/checkpoints.js';
import { whatRan } from '../../runner/record/choices.js';
import { folderStore } from '../../runner/record/folderStore.js';
import { lostMeasurements } from '../../runner/record/lost.js';
import { type RunConfig, readSummary } from '../../runner/record/recordFiles.js';
import type { RunData } from '../../runner/record/runData.js';
import { writeTables } from '../../runner/results/tables.js';
import { renderFigure } from '../draw/figure.js';
import { renderPage } from '../page/renderPage.js';
import type { ReportedRun } from './common/reportedRun.js';
import type { MissingFigure, RunFigure } from './figures/runFigure.js';
import { runFigures } from './figures/runFigures.js';
import { runPage } from './runPage.js';
import { openEvents } from '../tensorboard/eventFile.js';

/** The files that a report wrote, and warnings about the folder. */
export interface WrittenReport {
  readonly page: string;
  /** The PNGs. */
  readonly pictures: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Writes the report of a run to its folder: tables, TensorBoard events, each picture as PNG and SVG, and `report.html`, one file
 * with all of it. Earlier files are replaced, each as a whole.
 *
 * Throws a UsageError, and writes nothing, if another process writes to the folder, or if the folder has lost measurements: the
 * earlier report is then all that is left of them.
 */
export async function writeReport(run: ReportedRun): Promise<WrittenReport> {
  const unlock = lockFolder('report', run.folder);
  try {
    removeLeftovers(run.folder);
    refuseLoss(run);
    return await writeAll(run);
  } finally {
    unlock();
  }
}

function refuseLoss({ folder, data, reproductions }: ReportedRun): void {
  const lost = lostMeasurements(folder, readSummary(folder), data, Object.keys(reproductions));
  if (lost.length === 0) return;
  const shown = lost.slice(0, 10).map((one) => `\n  ${one}`);
  if (lost.length > 10) shown.push(`\n  and ${lost.length - 10} more`);
  throw new UsageError(
    `report: measurements of ${folder} are lost, so nothing was written, and the tables, pictures and page there stay:${shown.join('')}\n` +
      `Restore finished.jsonl and journals, or measure again what is lost: metagrad run --resume ${folder}`,
  );
}

async function writeAll(run: ReportedRun): Promise<WrittenReport> {
  const { folder, study, record, data, results, reproductions } = run;
  const path = (file: string): string => inFolder(folder, file);
  writeTables({ path }, data);
  writeEvents(path('tensorboard'), record, data);
  const { figures, missing } = await drawn(runFigures(study, data, results));
  const pictures: string[] = [];
  for (const { file, svg, png } of figures) {
    replaceFile(path(`${file}.svg`), svg);
    replaceFile(path(`${file}.png`), png);
    pictures.push(path(`${file}.png`));
  }
  const { status, seconds } = readSummary(folder);
  const store = folderStore(folder);
  const ran = await whatRan(store, record.backend);
  const warnings = (await damagedCheckpoints(store, data.trained)).map(describeDamage);
  const parts = {
    study,
    record,
    ran,
    status,
    seconds,
    data,
    results,
    reproductions,
    figures,
    missing,
    warnings,
  };
  replaceFile(path('report.html'), await renderPage(runPage(parts)));
  const problems = data.registrationProblems.map((problem) => `registration: ${problem}.`);
  return { page: path('report.html'), pictures, warnings: [...problems, ...warnings] };
}

interface DrawnFigure extends RunFigure {
  readonly svg: string;
  readonly png: Uint8Array;
}

/** Draws figures. One that fails, as Vega does for an axis called `constructor`, does not affect the others. */
async function drawn({ figures, missing }: ReturnType<typeof runFigures>): Promise<{
  readonly figures: readonly DrawnFigure[];
  readonly missing: readonly MissingFigure[];
}> {
  const [good, bad]: [DrawnFigure[], MissingFigure[]] = [[], [...missing]];
  for (const one of figures)
    try {
      good.push({ ...one, ...(await renderFigure(one.figure)) });
    } catch (error) {
      bad.push({ file: one.file, reason: error instanceof Error ? error.message : String(error) });
    }
  return { figures: good, missing: bad };
}

/** A folder of events for each training on a fresh seed; TensorBoard draws them over each other. */
function writeEvents(folder: string, { startedAt }: RunConfig, { trained }: RunData): void {
  rmSync(folder, { recursive: true, force: true });
  const start = Date.parse(startedAt) / 1000;
  for (const { arm, seed, sweepValue, epochs, seconds } of trained) {
    const below = sweepValue === null ? [] : [`at-${fileName(String(sweepValue))}`];
    const events = openEvents(join(folder, fileName(arm), ...below, `seed-${seed}`), start);
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
