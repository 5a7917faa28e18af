/** Reports of runs that measured what a picture cannot show. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runFigures } from '../../experiments/report/runFigures.js';
import { writeReport } from '../../experiments/report/runReport.js';
import { runStudy } from '../../experiments/runner/run.js';
import type { Program, StudyDefinition, TrainingRun } from '../../experiments/studies/study.js';
import { interruptAt, toyConfig, toyStudy } from '../runner/toyStudy.js';

const root = mkdtempSync(join(tmpdir(), 'metagrad-report-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

const config = toyConfig({ trials: 2, searches: 1, seeds: 2, replicas: 1 });

/** The toy study, whose epochs measure something else. */
function measuring(change: (run: TrainingRun) => Readonly<Record<string, number>>): StudyDefinition {
  const study = toyStudy();
  const changed = (program: Program): Program =>
    function* (run) {
      for (const metrics of program(run)) yield metrics && { ...metrics, ...change(run) };
      return undefined;
    };
  const programs: StudyDefinition['programs'] = (given) =>
    Object.fromEntries(Object.entries(study.programs(given)).map(([name, one]) => [name, changed(one)]));
  return { ...study, programs };
}

/** The page of a run, its pictures and those that cannot be drawn. */
async function reportOf(study: StudyDefinition) {
  const finished = await runStudy(study, config, {
    place: { root },
    interrupt: interruptAt(),
    quiet: true,
  });
  const { folder, config: record } = finished.record;
  const { page } = await writeReport({ ...finished, folder, study, record });
  return {
    html: readFileSync(page, 'utf8'),
    drawn: new Set(readdirSync(folder).flatMap((file) => /^(.*)\.png$/.exec(file)?.[1] ?? [])),
    missing: runFigures(study, finished.data, finished.results).missing,
  };
}

const isTuning = ({ epochs }: TrainingRun): boolean => epochs === config.epochs.tune;

describe('the report of a run', () => {
  const others = ['curves', 'training-curves', 'accuracy', 'comparison', 'sweep', 'as-written'];

  it('shows tuning losses of exactly 0', async () => {
    const { html, drawn, missing } = await reportOf(
      measuring((run): Readonly<Record<string, number>> => (isTuning(run) ? { loss: 0 } : {})),
    );
    expect(missing).toEqual([]);
    expect(html).not.toContain('cannot be drawn');
    expect([...others, 'search', 'search-all'].filter((file) => !drawn.has(file))).toEqual([]);
  });

  it('names the picture of a metric that was never a number, and has all others', async () => {
    const { html, drawn, missing } = await reportOf(measuring(() => ({ alpha: NaN })));
    expect(missing.map(({ file }) => file)).toEqual(['evolution-alpha']);
    expect(html).toContain("<p>The picture 'evolution-alpha' cannot be drawn: ");
    expect(drawn).not.toContain('evolution-alpha');
    expect([...others, 'evolution-lr', 'search'].filter((file) => !drawn.has(file))).toEqual([]);
  });

  it('names the pictures of finals that all diverged, and has all others', async () => {
    const { html, drawn, missing } = await reportOf(
      measuring((run): Readonly<Record<string, number>> => (isTuning(run) ? {} : { loss: NaN })),
    );
    for (const file of ['curves', 'curves-all', 'comparison']) {
      expect(missing.map((one) => one.file)).toContain(file);
      expect(html).toContain(`<p>The picture '${file}' cannot be drawn: `);
      expect(drawn).not.toContain(file);
    }
    const rest = ['training-curves', 'accuracy', 'evolution-lr', 'search', 'search-all', 'as-written'];
    expect(rest.filter((file) => !drawn.has(file))).toEqual([]);
  });
});
