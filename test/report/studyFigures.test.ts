import { Resvg } from '@resvg/resvg-js';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Figure, renderFigure } from '../../experiments/report/draw/figure.js';
import { fontFile } from '../../experiments/report/draw/fontMetrics.js';
import { renderHtml } from '../../experiments/report/page/html.js';
import { parameterImportances } from '../../experiments/report/charts/search/importances.js';
import { intermediateValues } from '../../experiments/report/charts/search/intermediateValues.js';
import { parallelCoordinates } from '../../experiments/report/charts/search/parallelCoordinates.js';
import { slice } from '../../experiments/report/charts/search/slice.js';
import { studyFigures } from '../../experiments/report/study/studyFigures.js';
import {
  createStudy,
  fanova,
  memoryStorage,
  pedAnova,
  randomSampler,
  readStudies,
  type StudyRecord,
  TrialPruned,
} from '../../experiments/tuning/index.js';

let study: StudyRecord;
let figures: ReadonlyMap<string, Figure>;

/** A conditional space with everything that a trial can be, 120 trials. */
beforeAll(async () => {
  const storage = memoryStorage();
  const made = await createStudy({ name: 'a </script> study', storage, sampler: randomSampler(), seed: 1 });
  await made.optimize(
    (trial) => {
      const lr = trial.suggestFloat('lr', 1e-5, 1, { log: true });
      const rule = trial.suggestCategorical('rule', ['sgd', 'adam', 'a rule of a long name']);
      const gate = rule === 'sgd' ? trial.suggestFloat('gate', 0, 0.5, { step: 0.1 }) : 0;
      const width = trial.suggestInt('hidden width', 8, 1024, { log: true });
      const value = Math.log10(lr / 1e-3) ** 2 + gate + 8 / width;
      for (let step = 0; step < 5; step++) {
        trial.report(step, trial.number === 9 ? NaN : value + 5 - step);
        if (step === 2 && trial.number % 4 === 1) throw new TrialPruned();
      }
      if (trial.number % 20 === 2) throw new Error('no luck');
      return trial.number === 8 ? Infinity : value;
    },
    { trials: 120 },
  );
  [study] = await readStudies(storage);
  figures = studyFigures(study, fanova(study, { forests: 3, trees: 16 }));
});

type Rows = Record<string, unknown>[];
type Layers = { readonly layer: { readonly data: { readonly values: Rows } }[] };
const rowsOf = (figure: Figure): Rows[] =>
  (figure.spec as object as Layers).layer.map(({ data }) => data.values);
const panelsOf = (figure: Figure): Rows[] =>
  (figure.spec as object as { concat: Layers[] }).concat.map(({ layer }) =>
    layer.flatMap(({ data }) => data.values),
  );

describe('the pictures of a study', () => {
  it('are one of each kind, of twice the size as PNG, the same every time, with nothing clipped', async () => {
    expect([...figures.keys()]).toEqual(['history', 'importance', 'parallel', 'slice', 'intermediate']);
    for (const figure of figures.values()) {
      const { svg, png } = await renderFigure(figure);
      const [width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)!.slice(1).map(Number);
      expect(Math.abs(Buffer.from(png).readUInt32BE(16) - 2 * width)).toBeLessThan(1);
      const plain = svg.replace(/<rect width="[\d.]+" height="[\d.]+" fill="#ffffff"\/>/, '');
      const font = { loadSystemFonts: false, fontFiles: [fontFile()], defaultFontFamily: 'DejaVu Sans' };
      const ink = new Resvg(plain, { font }).getBBox()!;
      expect(ink.x).toBeGreaterThan(8);
      expect(ink.y).toBeGreaterThan(8);
      expect(ink.x + ink.width).toBeLessThan(width - 8);
      expect(ink.y + ink.height).toBeLessThan(height - 8);
      expect((await renderFigure(figure)).svg).toBe(svg);
    }
  }, 60_000);

  it('are only those for which there are trials', () => {
    const none = { ...study, trials: study.trials.filter(({ state }) => state === 'fail') };
    expect([...studyFigures(none, null).keys()]).toEqual(['intermediate']);
    expect(studyFigures({ ...study, trials: [] }, null).size).toBe(0);
  });
});

const picture = () => ({
  title: 't',
  direction: study.direction,
  y: { title: 'value' },
  trials: study.trials,
});
const valued = () =>
  study.trials.filter(({ state, value }) => state === 'complete' && Number.isFinite(value));
const bestNumber = (): number => valued().reduce((a, b) => (b.value! < a.value! ? b : a)).number;

describe('parallelCoordinates', () => {
  it('leads every trial through every axis, and below those whose parameter it lacks', () => {
    const [others, best] = rowsOf(parallelCoordinates(picture()));
    expect(others).toHaveLength(5 * (valued().length - 1));
    expect(new Set(best.map(({ trial }) => trial))).toEqual(new Set([bestNumber()]));
    for (const { number, params, value } of valued()) {
      const own = [...others, ...best].filter(({ trial }) => trial === number);
      const [lr, rule, ...rest] = own.map(({ at }) => at as number);
      expect(lr).toBeCloseTo(Math.log(Number(params.lr) / 1e-5) / Math.log(1e5), 9);
      expect(rule).toBe(['sgd', 'adam', 'a rule of a long name'].indexOf(String(params.rule)) / 2);
      expect(rest.some((at) => at < 0)).toBe(params.rule !== 'sgd');
      expect(own[0].value).toBe(value);
    }
  });

  it('draws better trials over worse ones, also when it is to maximize', () => {
    const ranks = (direction: 'minimize' | 'maximize') =>
      rowsOf(parallelCoordinates({ ...picture(), direction }))[0]
        .filter(({ position }) => position === 0)
        .map(({ value }) => value as number);
    expect(ranks('minimize')).toEqual(ranks('minimize').toSorted((a, b) => b - a));
    expect(ranks('maximize')).toEqual(ranks('maximize').toSorted((a, b) => a - b));
  });
});

describe('slice', () => {
  it('has a plot for each parameter, with the trials that have it', () => {
    const panels = panelsOf(slice(picture()));
    const counts = ['lr', 'rule', 'gate', 'hidden width'].map(
      (name) => valued().filter(({ params }) => name in params).length,
    );
    expect(panels.map((rows) => rows.length).toSorted((a, b) => a - b)).toEqual(
      counts.toSorted((a, b) => a - b),
    );
  });
});

describe('intermediateValues', () => {
  it('shows reports by the state of their trial, with gaps for non-finite ones', () => {
    const [lines, ends, best] = rowsOf(intermediateValues(picture()));
    const reports = study.trials.flatMap(({ intermediateValues: own }) => [...own.values()]);
    expect(lines.length + best.length).toBe(reports.length);
    expect(lines.filter(({ value }) => value === null)).toHaveLength(
      reports.filter((value) => !Number.isFinite(value)).length,
    );
    expect(ends).toHaveLength(120 - 1 - 1);
    const pruned = study.trials.filter(({ state }) => state === 'pruned').length;
    expect(new Set(ends.map(({ arm }) => arm))).toContain(`pruned (${pruned} trials)`);
    expect(() => intermediateValues({ ...picture(), trials: [] })).toThrow('no trial reported a value');
  });
});

describe('parameterImportances', () => {
  it('has deviations over forests as lines and in figures, and says what was measured how', async () => {
    const importances = fanova(study, { forests: 3, trees: 16, scale: 'raw' });
    const figure = parameterImportances({ title: 't', importances });
    const [bars] = rowsOf(figure);
    const [{ name, share, deviation }] = importances.parameters;
    expect(bars[0]).toMatchObject({ name, share, high: share + deviation! });
    const { svg } = await renderFigure(figure);
    expect(svg).toContain(`>${share.toFixed(2)} ± ${deviation!.toFixed(2)}<`);
    expect(svg).toContain('measured as they are');
    expect(svg).toContain('left out: gate');
  });

  it('has no lines from a method without chance', () => {
    expect(rowsOf(parameterImportances({ title: 't', importances: pedAnova(study) }))).toHaveLength(2);
  });
});

describe('the HTML page', () => {
  it('needs no other file, and no text of a study ends its scripts', async () => {
    const html = await renderHtml(study.name, [...figures.values()]);
    expect(html).toContain('<title>a &lt;/script> study</title>');
    expect(html).not.toMatch(/<\/?script|<(link|img)[^>]*(src|href)=/);
    expect(html.match(/<svg class="wide"/g)).toHaveLength(figures.size);
    expect(html).toContain('<b>Optimization history</b>');
    expect(html.length).toBeLessThan(1_200_000);
  });
});
