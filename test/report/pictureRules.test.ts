/** What every picture keeps to: one colour an arm, gaps where nothing finite was measured, legends that name what is drawn. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { comparedArms, comparison } from '../../experiments/report/charts/training/comparison.js';
import { type Figure, renderFigure } from '../../experiments/report/draw/figure.js';
import { intermediateValues } from '../../experiments/report/charts/search/intermediateValues.js';
import { learningCurves } from '../../experiments/report/charts/training/learningCurves.js';
import { optimizationHistory } from '../../experiments/report/charts/search/optimizationHistory.js';
import { requestedEffective } from '../../experiments/report/charts/reproduction/requestedEffective.js';
import { runFigures } from '../../experiments/report/run/figures/runFigures.js';
import { studyFigures } from '../../experiments/report/study/studyFigures.js';
import { sweep } from '../../experiments/report/charts/training/sweep.js';
import { runStudy } from '../../experiments/runner/run.js';
import type { StudyRecord, TrialRecord } from '../../experiments/tuning/index.js';
import { epoch, loss, run, seedsOf, trial } from './drawn.js';
import { interruptAt, toyConfig, toyStudy } from '../runner/toyStudy.js';

type Row = Readonly<Record<string, unknown>>;
interface Channel {
  readonly scale?: { readonly domain: readonly string[]; readonly range: readonly unknown[] };
}
interface Drawn {
  readonly data: { readonly values: readonly Row[] };
  readonly encoding: { readonly color?: Channel; readonly strokeDash?: Channel };
}
const layersOf = (figure: Figure): readonly Drawn[] =>
  (figure.spec as object as { readonly layer: readonly Drawn[] }).layer;
const dataOf = (figure: Figure): readonly (readonly Row[])[] =>
  layersOf(figure).map(({ data }) => data.values);

/** The colour of each arm, by its name. */
function colorsOf(figure: Figure): ReadonlyMap<string, unknown> {
  const scale = layersOf(figure)
    .map(({ encoding }) => encoding.color?.scale)
    .find((one) => one !== undefined)!;
  return new Map(scale.domain.map((label, i) => [label.replace(/ \(.*/, ''), scale.range[i]]));
}
/** The same where each arm has a plot of its own. */
const panelColorsOf = ({ spec }: Figure): readonly (readonly [string, unknown])[] =>
  (
    spec as object as {
      readonly concat: readonly {
        readonly title: { readonly text: readonly string[] };
        readonly layer: readonly { readonly mark: { readonly color: string } }[];
      }[];
    }
  ).concat.flatMap(({ title, layer }) =>
    layer.map(({ mark }) => [title.text.join(' '), mark.color] as const),
  );
const legendOf = (figure: Figure): readonly string[] =>
  layersOf(figure).find(({ encoding }) => encoding.color?.scale)!.encoding.color!.scale!.domain;
const noteOf = (figure: Figure): string =>
  (figure.spec as object as { title: { subtitle: string[] } }).title.subtitle.join(' ');

const studyOf = (direction: 'minimize' | 'maximize', ...trials: TrialRecord[]): StudyRecord => ({
  ...{
    id: 0,
    name: 'study',
    direction,
    directions: [direction],
    userAttributes: {},
    systemAttributes: {},
    trials,
  },
});

describe('the colour of an arm', () => {
  const studyArms = ['a', 'b', 'c', 'd'];
  const measurements = ['d', 'b'].flatMap((arm) => [1, 2].map((at) => ({ arm, seed: 0, at, value: at })));
  const few: readonly (readonly [string, (all?: readonly string[]) => Figure])[] = [
    [
      'learningCurves',
      (all) =>
        learningCurves({
          ...{ title: 't', x: epoch, y: loss, ...(all && { studyArms: all }) },
          arms: ['d', 'b'].map((name) => ({ name, runs: [run(1, 2)] })),
        }),
    ],
    [
      'comparison',
      (all) =>
        comparison({
          ...{ title: 't', x: loss, estimate: 'mean', ...(all && { studyArms: all }) },
          arms: comparedArms(['d', 'b'], measurements),
        }),
    ],
    [
      'optimizationHistory',
      (all) =>
        optimizationHistory({
          ...{ title: 't', direction: 'minimize', y: loss, ...(all && { studyArms: all }) },
          arms: ['d', 'b'].map((name) => ({ name, trials: seedsOf(1, 2) })),
        }),
    ],
    [
      'sweep',
      (all) =>
        sweep({
          title: 't',
          x: epoch,
          y: loss,
          ...(all && { studyArms: all }),
          arms: ['d', 'b'],
          measurements,
        }),
    ],
    [
      'requestedEffective',
      (all) =>
        requestedEffective({
          ...{ title: 't', setting: loss, ...(all && { studyArms: all }), arms: ['d', 'b'] },
          trials: measurements.map(({ arm, at }) => ({ arm, requested: at, effective: at })),
        }),
    ],
  ];

  it.each(few)('is that of its place in the study: %s', (name, draw) => {
    const everywhere = colorsOf(
      learningCurves({
        ...{ title: 't', x: epoch, y: loss },
        arms: studyArms.map((arm) => ({ name: arm, runs: [run(1, 2)] })),
      }),
    );
    const colors = colorsOf(draw(studyArms));
    expect([colors.get('d'), colors.get('b')]).toEqual([everywhere.get('d'), everywhere.get('b')]);
    expect(() => draw(['a', 'bb', 'd'])).toThrow(`${name}: arm 'b' is not among studyArms.`);
    // Without a study they are the first ones.
    expect([...colorsOf(draw()).values()]).toEqual([everywhere.get('a'), everywhere.get('b')]);
  });

  it('is refused where two arms would look alike', () => {
    const all = Array.from({ length: 30 }, (_, i) => `arm ${i}`);
    const draw = (...names: string[]) =>
      learningCurves({
        ...{ title: 't', x: epoch, y: loss, studyArms: all },
        arms: names.map((name) => ({ name, runs: [run(1, 2)] })),
      });
    expect(() => draw('arm 1', 'arm 22')).toThrow("arm 'arm 22' looks like another one");
    expect(() => draw('arm 1', 'arm 23')).not.toThrow();
  });

  it('is the same in all pictures of a report', async () => {
    const root = mkdtempSync(join(tmpdir(), 'metagrad-colours-'));
    const study = toyStudy();
    const config = toyConfig({ trials: 3, searches: 1, seeds: 2, reproductions: 0 });
    const { data, results } = await runStudy(study, config, {
      ...{ place: { root }, interrupt: interruptAt(), quiet: true },
    });
    rmSync(root, { recursive: true });
    const { figures } = runFigures(study, data, results);
    const seen = new Map<string, Set<unknown>>();
    const see = (arm: string, color: unknown) => seen.set(arm, (seen.get(arm) ?? new Set()).add(color));
    for (const { figure, part, file } of figures) {
      // A parameter of an arm has a row and no colour of its own.
      if ((part !== 'training' && part !== 'search') || file.startsWith('tuned-bounds')) continue;
      if (file.startsWith('trials-')) for (const [arm, color] of panelColorsOf(figure)) see(arm, color);
      else for (const [arm, color] of colorsOf(figure)) see(arm, color);
    }
    expect(figures.map(({ file }) => file)).toContain('trials-lr');
    // The claims leave out 'follower', the searches all that is not tuned, the sweep all but one.
    expect([...seen.keys()].sort()).toEqual(['follower', 'halved', 'plain', 'swept']);
    for (const [arm, colors] of seen) expect(colors.size, arm).toBe(1);
    expect(new Set([...seen.values()].flatMap((colors) => [...colors])).size).toBe(4);
  }, 60_000);
});

describe('a non-finite value', () => {
  it('is a gap in a learning curve, with a dot where a point stands alone', () => {
    const gaps = learningCurves({
      ...{ title: 't', x: epoch, y: loss },
      arms: [{ name: 'a', runs: [run(3, NaN, 2, Infinity, 1, 0.5)] }],
    });
    expect(dataOf(gaps)[1].map(({ center }) => center)).toEqual([3, null, 2, null, 1, 0.5]);
    expect(legendOf(gaps)).toEqual(['a (n = 1, 1 with gaps)']);
    const long = Array.from({ length: 60 }, (_, i) => (i === 30 || i === 32 ? NaN : 60 - i));
    const [, , dots] = dataOf(
      learningCurves({ ...{ title: 't', x: epoch, y: loss }, arms: [{ name: 'a', runs: [run(...long)] }] }),
    );
    expect(dots.map(({ x }) => x)).toEqual([32]);
  });

  it('is a gap in the median only where half of the seeds have it', () => {
    const runs = [run(1, NaN, 1), run(2, 2, NaN), run(3, 3, NaN)];
    const [, line] = dataOf(
      learningCurves({ ...{ title: 't', x: epoch, y: loss }, arms: [{ name: 'a', runs }] }),
    );
    expect(line.map(({ center }) => center)).toEqual([2, 3, null]);
  });

  it('survives where a long curve is thinned out', () => {
    const long = Array.from({ length: 5000 }, (_, i) => (i === 1234 ? NaN : i));
    const [, line] = dataOf(
      learningCurves({ ...{ title: 't', x: epoch, y: loss }, arms: [{ name: 'a', runs: [run(...long)] }] }),
    );
    expect(line.filter(({ center }) => center === null).map(({ x }) => x)).toEqual([1235]);
  });

  it('is a gap between the reports of a trial', async () => {
    const figure = intermediateValues({
      ...{ title: 't', direction: 'minimize', y: loss },
      trials: [trial(0, 1, [3, NaN, 2, 1]), trial(1, 2, [1, Infinity, 2, NaN, 3, NaN])],
    });
    const [lines, dots, best] = dataOf(figure);
    expect(best.map(({ value }) => value)).toEqual([3, null, 2, 1]);
    expect(lines.map(({ value }) => value)).toEqual([1, null, 2, null, 3, null]);
    expect(dots.map(({ step }) => step)).toEqual([0, 2, 4]);
    expect(noteOf(figure)).toContain('gaps: non-finite reports');
    await renderFigure(figure);
  });
});

describe('an infinite objective', () => {
  const trials = [trial(0, 1, [1]), trial(1, Infinity, [0.5, 2]), trial(2, 3, [3])];

  it('is the best in the legend where the subtitle says so', () => {
    const figures = studyFigures(studyOf('maximize', ...trials), null);
    for (const figure of figures.values()) expect(noteOf(figure)).toContain('best: Infinity in trial 1');
    expect(legendOf(figures.get('intermediate')!)).toContain('best: trial 1');
    for (const name of ['slice', 'parallel'])
      expect(noteOf(figures.get(name)!)).toContain('the best finite one (trial 1 is at Infinity)');
    const finite = studyFigures(studyOf('minimize', ...trials), null);
    expect(noteOf(finite.get('intermediate')!)).toContain('best: 1 in trial 0');
    expect(legendOf(finite.get('intermediate')!)).toContain('best: trial 0');
    expect(noteOf(finite.get('slice')!)).toMatch(/orange diamond: the best$/);
  });

  it('is the same trial where all diverged', () => {
    const diverged = [trial(0, Infinity, [9]), trial(1, Infinity, [8])];
    const figure = studyFigures(studyOf('minimize', ...diverged), null).get('intermediate')!;
    expect(noteOf(figure)).toContain('best: Infinity in trial 0');
    expect(legendOf(figure)).toContain('best: trial 0');
  });

  it('is a cross at its edge of the history, and ends the line of the best', () => {
    const history = optimizationHistory({
      ...{ title: 't', direction: 'minimize', y: loss },
      arms: [{ name: 'a', trials: seedsOf(4, 3, -Infinity, 2, Infinity, NaN) }],
    });
    const [dots, best, crosses] = dataOf(history);
    expect(best).toEqual(
      [0, 1, 2].map((number) => ({ arm: 'a (6 trials)', number, value: number === 0 ? 4 : 3 })),
    );
    expect(dots.map(({ value }) => value)).toEqual([4, 3, 2]);
    expect(crosses.map(({ value }) => Number(value) > 4)).toEqual([false, true, true]);
  });
});

describe('curves that coincide', () => {
  it('are named in the legend: learning curves', () => {
    const one = [run(3, 2, 1), run(2, 2, 1)];
    const arms = [
      { name: 'a', runs: one },
      { name: 'b', runs: [run(3, 2.5, 1)] },
      { name: 'c', runs: one },
      { name: 'd', runs: [run(2.5, 2)] },
      { name: 'e', runs: one },
    ];
    expect(legendOf(learningCurves({ title: 't', x: epoch, y: loss, arms }))).toEqual([
      'a (n = 2; covered by e)',
      'b (n = 1)',
      'c (n = 2; covered by e)',
      'd (n = 1; covered by e)',
      'e (n = 2)',
    ]);
  });

  it('are named in the legend: the best of searches, and sweeps', () => {
    const history = optimizationHistory({
      ...{ title: 't', direction: 'minimize', y: { ...loss, scale: 'log' } },
      arms: [
        { name: 'a', trials: seedsOf(3, 2, 9) },
        { name: 'b', trials: seedsOf(3, 2, 2.5) },
        { name: 'c', trials: seedsOf(3, 2, 1) },
      ],
    });
    expect(legendOf(history)).toEqual(['a (3 trials; covered by b)', 'b (3 trials)', 'c (3 trials)']);
    const measurements = ['a', 'b', 'c'].flatMap((arm, i) =>
      [1, 2].map((at) => ({ arm, seed: 0, at, value: i === 1 ? 5 : at })),
    );
    const swept = sweep({ title: 't', x: epoch, y: loss, arms: ['a', 'b', 'c'], measurements });
    expect(legendOf(swept)).toEqual(['a (n = 1; covered by c)', 'b (n = 1)', 'c (n = 1)']);
  });
});
