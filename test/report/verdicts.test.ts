/** What a report says about claims: sentences first, all numbers behind them, and what a reader has to keep in mind. */
import { describe, expect, it } from 'vitest';
import {
  claimTable,
  effectTable,
  sensitivityTable,
  statedTable,
} from '../../experiments/report/run/tables/claimTables.js';
import { changesTable } from '../../experiments/report/run/tables/changesTable.js';
import { notesOf } from '../../experiments/report/run/notes.js';
import { runFigures } from '../../experiments/report/run/figures/runFigures.js';
import { runPage } from '../../experiments/report/run/runPage.js';
import { secondsTable } from '../../experiments/report/run/tables/secondsTable.js';
import { flipsOf, sentenceTable, verdictLines } from '../../experiments/report/run/tables/verdictLines.js';
import type { ReportTable } from '../../experiments/report/tables/table.js';
import type { RunConfig } from '../../experiments/runner/record/recordFiles.js';
import { changeText } from '../../experiments/runner/record/changes.js';
import { shortenedPair } from '../../experiments/text/shortenedPair.js';
import type { RunData } from '../../experiments/runner/record/runData.js';
import type { ClaimResult } from '../../experiments/runner/results/claims/claims.js';
import { summarize } from '../../experiments/runner/results/results.js';
import { claim, final, runOf, searchOf, sweep, training, tunedArms } from '../runner/madeUpRun.js';
import { toyConfig, toyStudy } from '../runner/toyStudy.js';

const record = {
  ...{ study: 'toy', reference: 'toy', seed: 0, quick: false, startedAt: '2026-01-01T00:00:00Z' },
  ...{ versions: { metagrad: '0', node: '0' }, machine: { platform: '', cpu: '', cores: 1 } },
} as object as RunConfig;

/** a is better than b by about 0.1 on all of five seeds; c is like a. */
const losses = {
  a: final(1, 1.02, 0.98, 1.01, 0.99),
  b: final(1.1, 1.13, 1.06, 1.12, 1.09),
  c: final(1.01, 1, 0.99, 1.02, 0.98),
};
const data = runOf(losses, [
  claim({ checks: ['C'], stated: 'about 0.9' }),
  claim({ id: 'Y', statement: 'a is below c', against: ['c', 'b'] }),
  claim({
    ...{ id: 'C', statement: 'the loss falls', against: [], value: 5 },
    ...{ measure: { kind: 'range', metric: 'loss' }, test: 'higher' },
  }),
]);
const results = summarize({}, data);
const [steady, y, check] = results.claims;
const variation: ClaimResult['sensitivity'][number] = {
  varies: 'margin',
  label: 'half the margin, 0.01',
  verdict: 'inconclusive',
  flips: true,
  comparisons: [{ against: 'b', pairs: 5, difference: null }],
};
const x = { ...steady, sensitivity: [...steady.sensitivity, variation] };
const unfinished: RunData = { ...data, status: 'interrupted' };
const study = toyStudy();

/** The cells of a column. */
const columnOf = ({ headers, rows }: ReportTable, header: string) =>
  rows.map((row) => row[headers.indexOf(header)]);

describe('verdicts in words', () => {
  it('name a verdict once for all variations that flip to it', () => {
    const { sensitivity } = x;
    const twice = { ...variation, label: 'another' };
    const worse = { ...variation, label: 'a third', verdict: 'refuted: worse' } as const;
    expect(flipsOf({ ...x, sensitivity: [...sensitivity, worse, twice, { ...twice, flips: false }] })).toBe(
      `${flipsOf(x).replace(/ \(inconclusive\)/g, '')}; another (both inconclusive); a third (refuted: worse)`,
    );
  });

  it('are lines of their own on a terminal, with what would flip them in one line', () => {
    expect(verdictLines([x], data, { color: false, width: Infinity }).split('\n')).toEqual([
      '● X: supported',
      `  ${x.sentence}`,
      '  flips under: half the margin, 0.01 (inconclusive)',
    ]);
    expect(x.sentence).toContain('lower with a than with b');
    const narrow = verdictLines(results.claims, data, { color: false, width: 50 });
    expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBeLessThanOrEqual(50);
  });

  it('are interim while a run is not complete', () => {
    expect(verdictLines([x], unfinished, { color: false, width: Infinity })).toContain(
      '● X: interim: supported',
    );
    expect(columnOf(sentenceTable([x], unfinished), 'verdict')).toEqual([
      { verdict: 'supported', interim: true },
    ]);
    expect(columnOf(claimTable([x], unfinished), 'verdict')).toEqual([
      { verdict: 'supported', interim: true },
    ]);
  });
});

describe('the tables of claims', () => {
  it('have what decides, with level, margin and test', () => {
    const table = claimTable([x, y, check], data);
    expect(columnOf(table, 'claim')).toEqual(['X', 'Y', '', 'C']);
    expect(columnOf(table, 'arms')).toEqual(['a − b', 'a − c', 'a − b', 'a − 5']);
    expect(columnOf(table, 'claimed').slice(0, 2)).toEqual(['below 0, margin 0.02', 'below 0, margin 0.02']);
    expect(columnOf(table, 'claimed')[3]).toBe('above 0, margin 0.02');
    // scipy.stats.ttest_rel(a, b).confidence_interval(0.975): Holm gives the smaller p of two claims half of 5 %.
    expect(columnOf(table, 'decided by')[0]).toBe('t [-0.1191, -0.0809] at 97.5 %');
    expect(columnOf(table, 'pairs')).toEqual([5, 5, 5, 5]);
    expect(columnOf(table, 'searches')).toEqual([null, null, null, null]);
  });

  it('have effects in per cent and as a share of seeds, and the tests beside', () => {
    const table = effectTable([x, y, check]);
    // 100 (mean(a) / mean(b) - 1); 5 of 5 have the exact interval [0.025^(1/5), 1].
    expect(columnOf(table, 'per cent, 95 %')[0]).toMatch(/^-9\.1 \[-10\.\d, -7\.\d\]$/);
    expect(columnOf(table, 'better on')[0]).toBe('5 of 5, 100 % [48, 100]');
    expect(columnOf(table, 'signed-rank p')[0]).toBe('0.063');
    // A number that a measure is compared with has no per cent.
    expect(columnOf(table, 'per cent, 95 %')[3]).toBe('-');
    expect(columnOf(table, 'by itself')).toEqual(['', 'inconclusive', 'supported', '']);
    expect(statedTable([x, y], []).rows).toEqual([['X', 'about 0.9', '-']]);
  });

  it('have as many decimals as small numbers need', () => {
    const tiny = { a: final(2e-5, 2.1e-5, 1.9e-5), b: final(0, 0, 0) };
    const { claims } = summarize({}, runOf(tiny, [claim()]));
    const table = claimTable(claims, data);
    // 2e-5 plus and minus 4.303 * 1e-6 / sqrt(3).
    expect(columnOf(table, 'difference, 95 %')).toEqual(['0.0000200 [0.0000175, 0.0000225]']);
    expect(columnOf(table, 'decided by')).toEqual(['t [0.0000175, 0.0000225] at 95 %']);
  });

  it('compare logarithms with what a number is the logarithm of', () => {
    const value = { against: [] as string[], value: Math.log(1.5), test: 'higher' as const };
    const { claims } = summarize(
      {},
      runOf(losses, [
        claim({ ...value, measure: { kind: 'range', metric: 'loss', log: true } }),
        claim({ ...value, id: 'Y', measure: { kind: 'range', metric: 'loss' } }),
      ]),
    );
    expect(columnOf(claimTable(claims, data), 'arms')).toEqual(['a − ln 1.5', 'a − 0.4055']);
    // Ratios are shares; what is above another number is not.
    const [ratio, other] = columnOf(effectTable(claims), 'per cent, 95 %');
    expect(ratio).toMatch(/^\d/);
    expect(other).toBe('-');
  });

  it('say where t and signed-rank tests disagree', () => {
    const [disputed] = x.comparisons;
    const one = { ...x, comparisons: [{ ...disputed, disagrees: true }] };
    expect(columnOf(effectTable([one]), 'signed-rank p')).toEqual(['0.063, disagrees']);
  });

  it('have the verdict under each variation, folded, with those that flip', () => {
    const table = sensitivityTable(x);
    expect(table.folded).toBe('Sensitivity of X: flips under half the margin, 0.01 (inconclusive)');
    expect(columnOf(table, 'varied')).toEqual(['as claimed', ...x.sensitivity.map(({ label }) => label)]);
    const flips = columnOf(table, '').flatMap((cell, i) => (cell === 'flips' ? [table.rows[i][0]] : []));
    expect(flips).toEqual([variation.label]);
    expect(sensitivityTable(steady).folded).toBe(
      `Sensitivity of X: the same verdict under all ${steady.sensitivity.length} variations`,
    );
  });
});

describe('what to keep in mind', () => {
  it('is that there is one data set, unless each seed draws its own', () => {
    expect(notesOf({ study, record, data, results })).toEqual([
      expect.stringContaining('for this one data set'),
    ]);
    const drawn: RunData = { ...data, config: { ...data.config, dataSeeds: true } };
    expect(notesOf({ study, record, data: drawn, results })).toEqual([]);
  });

  it('is where most best trials are near an end of their range', () => {
    const tuned = runOf(losses, [claim()], tunedArms('a', 'b'));
    const at = (arm: string, ...lrs: number[]) =>
      lrs.map((lr, search) => searchOf(arm, search, [{ value: 1, lr }]));
    const searches = [...at('a', 0.9, 0.8, 0.01), ...at('b', 0.9, 0.01, 2e-4)];
    const searched: RunData = { ...tuned, searches };
    const notes = notesOf({
      ...{ study, record, data: searched, results: summarize({}, searched) },
    });
    expect(notes.at(-1)).toContain('lr of a (2 of 3 near 1).');
    expect(notes.at(-1)).not.toContain('of b');
  });

  it('is what was edited after the registration, and that seeds were added after looking', () => {
    const extended: RunData = {
      ...data,
      seedsAddedFrom: 3,
      registrationProblems: ['claims.X.margin is 0.05, and was 0.02 when the run was registered'],
    };
    const [edited, added] = notesOf({ study, record, data: extended, results });
    expect(edited).toBe('Registration: claims.X.margin is 0.05, and was 0.02 when the run was registered.');
    expect(added).toContain(
      `${data.config.seeds - 3} of ${data.config.seeds} seeds, from seed 3 on, were added`,
    );
    expect(columnOf(claimTable([x], extended), 'added after looking')).toEqual([2]);
    expect(columnOf(claimTable([x], data), 'added after looking')).toEqual([null]);
    const { figures } = runFigures(study, extended, results);
    const pairs = figures.find(({ file }) => file === 'pairs')!.figure;
    expect(pairs.notes!.join()).toContain('hollow dots: seeds that were added after looking');
    const [panel] = (pairs.spec as object as { concat: { layer: { data: { values: Seeds } }[] }[] }).concat;
    type Seeds = readonly { readonly seed: number }[];
    const [filled, hollow] = panel.layer
      .slice(1)
      .map(({ data: { values } }) => new Set(values.map(({ seed }) => seed)));
    expect([[...filled], [...hollow]]).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it('is that every trial of an arm diverged', () => {
    const notes = (values: readonly (number | null)[]) =>
      notesOf({
        ...{ study, record, results },
        data: {
          ...data,
          searches: [
            searchOf(
              'a',
              0,
              values.map((value) => ({ value })),
            ),
          ],
        },
      });
    const expected =
      'Every trial of a diverged (2), so that nothing of it was tuned: look for a mistake in its program or its space.';
    expect(notes([null, NaN])).toContain(expected);
    expect(notes([null, 1]).join()).not.toContain('diverged');
    expect(notes([]).join()).not.toContain('diverged');
  });

  it('is what differs from the preset, if the run was registered', () => {
    const full = toyConfig();
    const changed: RunData = { ...data, config: { ...full, seeds: 7, searches: 7 } };
    const registered = { ...record, registration: { sha256: '', registeredAt: '' } };
    const run = { study, record: registered, data: changed, results };
    expect(notesOf(run)[0]).toBe(
      '2 settings differ from the preset of the study; the page lists them under Record.',
    );
    expect(changesTable(run).rows).toEqual([
      ['seeds', String(full.seeds), '7'],
      ['searches', String(full.searches), '7'],
    ]);
    expect(changesTable({ ...run, data: { ...data, config: full } }).rows).toEqual([]);
    expect(changesTable({ ...run, record }).rows).toEqual([]);
    const [first, ...others] = full.claims;
    const statement = `${first.statement}${', and so on'.repeat(20)}`;
    const stated = { ...data, config: { ...full, claims: [{ ...first, statement }, ...others] } };
    const [[, ...shown]] = changesTable({ ...run, data: stated }).rows;
    expect(shown).toEqual([JSON.stringify(first.statement), `"${statement.slice(0, 99)}…`]);
  });

  it('is shown where long settings differ', () => {
    const [same, end] = ['a'.repeat(150), 'z'.repeat(150)];
    const shown = `…${'a'.repeat(20)}X${'z'.repeat(59)}…`;
    expect(shortenedPair(`${same}X${end}`, `${same}Y${end}`, 80)).toEqual([shown, shown.replace('X', 'Y')]);
    expect(shortenedPair(`${same}X`, same, 80)).toEqual([`…${'a'.repeat(20)}X`, `…${'a'.repeat(20)}`]);
    expect(shortenedPair('short', `s${end}`, 80)).toEqual(['short', `s${'z'.repeat(79)}…`]);
    expect(changeText({ path: 'p', before: `${same}X`, after: `${same}Y` })).toMatch(/a+Y", and was …a+X"$/);
  });

  it('is that there are no more rows than all in the protocol of the write-ups', () => {
    const { config } = data;
    const more = { ...config.arms.b, trainsOn: 'train+metaVal' as const };
    const of = (protocol: 'clean' | 'seed', arms = config.arms): readonly string[] =>
      notesOf({ study, record, data: { ...data, config: { ...config, protocol, arms } }, results });
    const said = expect.stringContaining('have no more rows') as string;
    expect(of('seed', { ...config.arms, b: more })).toContainEqual(said);
    expect(of('clean', { ...config.arms, b: more })).not.toContainEqual(said);
    expect(of('seed')).not.toContainEqual(said);
  });

  it('are the notes of the record', () => {
    expect(
      notesOf({
        ...{ study, data, results, record: { ...record, notes: ['Claim W2 is left out.'] } },
      })[0],
    ).toBe('Claim W2 is left out.');
  });
});

describe('seconds', () => {
  it('are described: of a training, and until thresholds that claims name', () => {
    const timed = runOf(
      {
        a: [
          [3, 2, 1],
          [3, 1, 1],
          [3, 3, 3],
        ],
        b: [[3, 2, 2]],
      },
      [claim({ measure: { kind: 'epochsTo', values: [1, 2.5] } })],
    );
    const table = secondsTable(timed);
    expect(table.headers).toEqual(['arm', 'seeds', 'seconds', 'to cross-entropy 1', 'to cross-entropy 2.5']);
    expect(table.rows).toEqual([
      ['a', 3, '3 [3, 3]', '2.5 [2, 3]; 1 of 3 never', '2 [2, 2]; 1 of 3 never'],
      ['b', 1, '3', '1 of 1 never', '2'],
    ]);
  });
});

describe('the page', () => {
  const parts = {
    ...{ study, record, ran: 'wasm', status: 'complete', seconds: 1, data, results },
    ...{ reproductions: {}, figures: [], missing: [], warnings: [] },
  };

  it('has the verdicts at its top, and checks in tables of their own', () => {
    const [verdicts, claims] = runPage(parts).sections;
    expect([verdicts.title, claims.title]).toEqual(['Verdicts', 'Claims']);
    const [main, checks] = verdicts.tables!;
    expect(columnOf(main, 'in words')).toEqual([x.sentence, y.sentence]);
    expect(columnOf(checks, 'claim')).toEqual(['C: the loss falls']);
    expect(checks.caption).toContain('Manipulation checks');
    expect(claims.tables!.filter(({ folded }) => folded !== undefined)).toHaveLength(3);
  });

  it('says at its top that a run is not complete', () => {
    expect(runPage({ ...parts, data: unfinished }).sections[0].prose![0]).toContain('not complete');
    expect(runPage(parts).sections[0].prose!.join()).not.toContain('not complete');
  });
});

describe('the pictures of a run', () => {
  const timed = runOf(losses, [
    claim({ measure: { kind: 'epochsTo', values: [1, 2] } }),
    claim({ id: 'Y', measure: { kind: 'epochsToReach', arm: 'b', epochs: [2] } }),
    claim({ id: 'Z' }),
  ]);
  const { figures, missing } = runFigures(toyStudy(), timed, summarize({}, timed));

  it('are the pairs of each unit and a survival curve for each threshold, all but the first folded', () => {
    expect(missing).toEqual([]);
    const files = figures.filter(({ part }) => part === 'claims').map(({ file, folded }) => [file, folded]);
    expect(files).toEqual([
      ['claims-epochsTo', undefined],
      ['pairs-epochsTo', undefined],
      ['claims-epochsToReach', undefined],
      ['pairs-epochsToReach', undefined],
      ['claims', undefined],
      ['pairs', undefined],
      ['survival', undefined],
      ['survival-2', 'seeds that reached test cross-entropy ≤ 2'],
      [
        'survival-3',
        'seeds that reached the test cross-entropy of b after epoch 2 (mean of the other seeds)',
      ],
    ]);
  });

  it('have a sweep too where a loss is 0', () => {
    const swept = runOf({ swept: [] }, []);
    const trained = sweep.values.map((value, i) => training('swept', 0, [9, i], value));
    const zero = { ...swept, trained };
    const drawn = runFigures(study, zero, summarize({}, zero));
    expect(drawn.missing).toEqual([]);
    expect(drawn.figures.map(({ file }) => file)).toContain('sweep');
  });
});
