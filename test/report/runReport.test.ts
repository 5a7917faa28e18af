/** Reports of runs that measured what a picture cannot show. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resultsMarkdown } from '../../experiments/report/run/markdown.js';
import { claimTable } from '../../experiments/report/run/tables/claimTables.js';
import { terminalTable } from '../../experiments/report/tables/terminal.js';
import { runFigures } from '../../experiments/report/run/figures/runFigures.js';
import { runPage } from '../../experiments/report/run/runPage.js';
import { writeReport } from '../../experiments/report/run/runReport.js';
import { renderPage } from '../../experiments/report/page/renderPage.js';
import { runStudy } from '../../experiments/runner/run.js';
import { configOf } from '../../experiments/runner/configuration/overrides.js';
import type { ConfigInput } from '../../experiments/studies/config.js';
import type { Program } from '../../experiments/studies/program.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import type { TrainingRun } from '../../experiments/studies/program.js';
import { interruptAt, toyConfig, toyStudy } from '../runner/toyStudy.js';

const root = mkdtempSync(join(tmpdir(), 'metagrad-report-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

const config = toyConfig({ trials: 2, searches: 1, seeds: 2, reproductions: 1 });

/** The toy study, whose epochs measure something else. */
function measuring(change: (run: TrainingRun) => Readonly<Record<string, number>>): StudyDefinition {
  const study = toyStudy();
  const changed = (program: Program): Program => ({
    ...program,
    *start(run, settings) {
      for (const metrics of program.start(run, settings)) yield metrics && { ...metrics, ...change(run) };
      return undefined;
    },
  });
  const programs: StudyDefinition['programs'] = (...args) =>
    Object.fromEntries(Object.entries(study.programs(...args)).map(([name, one]) => [name, changed(one)]));
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

describe('the interval that decides', () => {
  const claim = {
    statement: 'it is',
    arm: 'halved',
    measure: { kind: 'metric', metric: 'loss' },
    margin: 0.1,
  };
  const study = (): StudyDefinition => {
    const claims = [
      {
        ...{ ...claim, id: 'A', against: ['plain', 'follower'], test: 'higher' },
        ...{ stated: 'about 7', reproductions: ['constant/seven'] },
      },
      { ...claim, id: 'B', against: ['plain'], test: 'equivalent' },
    ];
    const toy = toyStudy();
    return { ...toy, presets: { ...toy.presets, full: { ...toy.presets.full, claims } as ConfigInput } };
  };

  it('stands with its level in the terminal, the page, the Markdown and the summary', async () => {
    const made = study();
    const finished = await runStudy(made, configOf('toy', made.presets.full, [{ seeds: 5 }]), {
      place: { root },
      interrupt: interruptAt(),
      quiet: true,
    });
    const { folder, config: record } = finished.record;
    const run = { ...finished, folder, study: made, record };
    // The page without its pictures, which take most of the time of a report.
    const page = await renderPage(
      runPage({ ...run, ...{ ran: 'wasm', seconds: 1, figures: [], missing: [], warnings: [] } }),
    );
    const [a, b] = finished.results.claims;
    const expected = [...a.comparisons, ...b.comparisons].map(({ deciding, level }) => {
      const [low, high] = [deciding!.low, deciding!.high].map((end) => end.toFixed(4));
      return `[${low}, ${high}] at ${Number((100 * level).toFixed(2))} %`;
    });
    expect(new Set([...a.comparisons, ...b.comparisons].map(({ level }) => level)).size).toBeGreaterThan(1);
    for (const shown of [
      terminalTable(claimTable(finished.results.claims, finished.data), { color: false, width: Infinity }),
      page,
      resultsMarkdown([run]),
    ])
      for (const text of [...expected, 'decided by']) expect(shown).toContain(text);
    // Details, among them the figures of the write-up and of its program.
    for (const shown of [page, resultsMarkdown([run])])
      for (const text of ['stated', 'about 7', 'as written, ours', 'seven 7', 'signed-rank p'])
        expect(shown).toContain(text);
    const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as {
      readonly results: { readonly claims: typeof finished.results.claims };
    };
    const [{ difference, deciding, level }] = summary.results.claims[0].comparisons;
    expect(level).toBe(a.comparisons[0].level);
    expect(deciding!.high - deciding!.low).toBeGreaterThan(difference!.high - difference!.low);
  });
});

const isTuning = ({ epochs }: TrainingRun): boolean => epochs === config.epochs.tune;

describe('the report of a run', () => {
  const others = ['curves', 'training-curves', 'accuracy', 'comparison', 'sweep', 'reproduction'];

  it('shows tuning losses of exactly 0', async () => {
    const { html, drawn, missing } = await reportOf(
      measuring((run): Readonly<Record<string, number>> => (isTuning(run) ? { loss: 0 } : {})),
    );
    expect(missing).toEqual([]);
    expect(html).not.toContain('cannot be drawn');
    expect([...others, 'search', 'search-all'].filter((file) => !drawn.has(file))).toEqual([]);
  });

  it('leaves pruned trials out of the history of a search, and says so', async () => {
    const pruning = toyConfig({
      trials: 20,
      searches: 1,
      sampler: 'random',
      pruner: 'median',
      reproductions: 0,
    });
    const study = toyStudy();
    const { data, results } = await runStudy(study, pruning, {
      place: { root },
      interrupt: interruptAt(),
      quiet: true,
    });
    const states = data.searches.flatMap(({ study: { trials } }) => trials.map(({ state }) => state));
    const pruned = states.filter((state) => state === 'pruned').length;
    expect(pruned).toBeGreaterThan(0);
    const searches = runFigures(study, data, results).figures.filter(({ file }) =>
      /^search(-all)?$/.test(file),
    );
    const words = searches.flatMap(({ figure }) => figure.notes ?? []).join('\n');
    const numbers = [...words.matchAll(/without (\d+) pruned trials/g)].map(([, count]) => Number(count));
    expect(numbers.length).toBe(searches.length);
    const shown = searches.flatMap(({ figure }) => figure.legend ?? []).map(({ label }) => label);
    for (const { arm, study: search } of data.searches) {
      const kept = search.trials.filter(({ state }) => state !== 'pruned').length;
      expect(shown.filter((label) => label.startsWith(`${arm} (${kept} trials`))).not.toEqual([]);
    }
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
    const rest = ['training-curves', 'accuracy', 'evolution-lr', 'search', 'search-all', 'reproduction'];
    expect(rest.filter((file) => !drawn.has(file))).toEqual([]);
  });
});
