/** How the pictures and pages that experiments exports are called. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparison } from '../../experiments/report/charts/training/comparison.js';
import { differences } from '../../experiments/report/charts/claims/differences.js';
import { renderFigure, writeFigure } from '../../experiments/report/draw/figure.js';
import { renderHtml, writeHtml } from '../../experiments/report/page/html.js';
import { parameterImportances } from '../../experiments/report/charts/search/importances.js';
import { intermediateValues } from '../../experiments/report/charts/search/intermediateValues.js';
import { learningCurves } from '../../experiments/report/charts/training/learningCurves.js';
import { comparedArms } from '../../experiments/report/charts/training/comparison.js';
import { curveArms } from '../../experiments/report/charts/training/measurement.js';
import { optimizationHistory } from '../../experiments/report/charts/search/optimizationHistory.js';
import { renderPage } from '../../experiments/report/page/renderPage.js';
import { parallelCoordinates } from '../../experiments/report/charts/search/parallelCoordinates.js';
import { reproducedFigures } from '../../experiments/report/charts/reproduction/reproducedFigures.js';
import { requestedEffective } from '../../experiments/report/charts/reproduction/requestedEffective.js';
import { budgetCurves } from '../../experiments/report/charts/search/budgetCurves.js';
import { pairedSlopes } from '../../experiments/report/charts/claims/pairedSlopes.js';
import { searchScatter } from '../../experiments/report/charts/search/searchScatter.js';
import { survival } from '../../experiments/report/charts/claims/survival.js';
import { tunedBounds } from '../../experiments/report/charts/search/tunedBounds.js';
import { slice } from '../../experiments/report/charts/search/slice.js';
import { studyFigures } from '../../experiments/report/study/studyFigures.js';
import { sweep } from '../../experiments/report/charts/training/sweep.js';
import { openEvents } from '../../experiments/report/tensorboard/eventFile.js';
import { epoch, loss, run, seedsOf, trial } from '../report/drawn.js';
import type { OptionSample, Samples } from './walk.js';

const heading = { title: 'A picture', subtitle: 'of something' };
const studyArms = ['a', 'b'];
const axis = { ...loss, unit: 'nats', scale: 'symlog', linearBelow: 1 };
const reference = { value: 2, label: 'stated' };
const measurements = [1, 2].map((at) => ({ arm: 'a', seed: 0, value: at, at }));
const picture = { ...heading, direction: 'minimize', y: loss, trials: [trial(0, 1, [1]), trial(1, 2, [2])] };
const figure = learningCurves({ ...heading, x: epoch, y: loss, arms: [{ name: 'a', runs: [run(1, 2)] }] });

const scattered = { name: 'a', low: 1, high: 9, trials: [{ x: 2, y: 1, best: true }] };
const survivors = { name: 'a', seeds: 2, reached: [0, 0.5] };
const tuned = { name: 'a: lr', low: 1e-3, high: 1, log: true, values: [0.1] };
const budget = { name: 'a', searches: 2, points: [{ trials: 1, mean: 2, low: 1, high: 3 }] };
const slopes = {
  ...{ title: 'A', against: 'b', arm: 'a', better: 'lower' },
  pairs: [{ seed: 0, against: 2, arm: 1, added: true }],
};

type Parts = Readonly<Record<string, unknown>>;

/** A function of one object, and of objects within it: each level is misspelt. */
const levels = (
  draw: (description: never) => unknown,
  description: Parts,
  inside: Readonly<Record<string, readonly [within: (part: unknown) => Parts, part: Parts]>> = {},
): readonly OptionSample[] => [
  { call: draw, options: description },
  ...Object.values(inside).map(([within, part]): OptionSample => ({
    call: (given: Parts) => draw({ ...description, ...within(given) } as never),
    options: part,
  })),
];

const curves = { ...heading, x: epoch, y: loss, arms: [{ name: 'a', runs: [run(1, 2)] }] };
const compared = { name: 'a', point: 1, low: 0, high: 2, values: [1] };
const comparing = { ...heading, x: loss, estimate: 'mean', arms: [compared], studyArms, reference };
const difference = {
  ...{ name: 'a − b', point: 1, low: 0, high: 2, level: 0.95, values: [1], margin: 0.1 },
  verdict: 'inconclusive',
};
const searched = { ...heading, direction: 'minimize', y: loss, studyArms };
const swept = { ...heading, x: epoch, y: loss, arms: ['a'], studyArms, measurements };
const requesting = { arm: 'a', requested: 1, effective: 2 };
const reproductions = { name: 'f', ours: [1], reference: [2], stated: 1, p: 0.5 };
const reproducing = { ...heading, x: loss, ours: 'o', reference: 'r', test: 'T', figures: [reproductions] };
const importance = { name: 'lr', share: 1, deviation: null };
const importances = { method: 'fANOVA', scale: 'log', parameters: [importance], leftOut: [] };
const study = {
  ...{
    id: 0,
    name: 's',
    direction: 'minimize',
    directions: ['minimize'],
    userAttributes: {},
    systemAttributes: {},
  },
  trials: picture.trials,
};
const table = { caption: 'c', headers: ['h'], rows: [[1]] };
const section = { title: 'S', prose: ['p'], tables: [table], figures: [], sections: [] };
const scalar = { tag: 'loss', step: 1, value: 1, wallTime: 1 };
const folder = (): string => mkdtempSync(join(tmpdir(), 'metagrad-options-'));

export const reportSamples: Samples = {
  comparedArms: {
    call: (value: never) => comparedArms(['a'], [value]),
    options: { arm: 'a', seed: 0, value: 1, at: 1 },
  },
  comparison: levels(comparison, comparing, {
    x: [(x) => ({ x }), axis],
    arms: [(arm) => ({ arms: [arm] }), compared],
    reference: [(given) => ({ reference: given }), reference],
  }),
  curveArms: { call: (value: never) => curveArms(['a'], [value]), options: measurements[0] },
  differences: levels(
    differences,
    { ...heading, x: loss, differences: [difference] },
    { differences: [(one) => ({ differences: [one] }), difference] },
  ),
  budgetCurves: levels(
    budgetCurves,
    { ...heading, y: loss, band: 'an interval', arms: [budget], studyArms },
    {
      y: [(y) => ({ y }), axis],
      arms: [(arm) => ({ arms: [arm] }), budget],
      points: [(one) => ({ arms: [{ ...budget, points: [one] }] }), budget.points[0]],
    },
  ),
  intermediateValues: levels(intermediateValues, picture, { y: [(y) => ({ y }), axis] }),
  learningCurves: levels(
    learningCurves,
    { ...curves, band: 'range', references: [reference], studyArms },
    {
      x: [(x) => ({ x }), axis],
      y: [(y) => ({ y }), axis],
      arms: [(arm) => ({ arms: [arm] }), { name: 'a', runs: [run(1, 2)] }],
      runs: [(one) => ({ arms: [{ name: 'a', runs: [one] }] }), { ...run(1, 2) }],
      references: [(one) => ({ references: [one] }), reference],
    },
  ),
  pairedSlopes: levels(
    pairedSlopes,
    { ...heading, y: loss, panels: [slopes] },
    {
      y: [(y) => ({ y }), axis],
      panels: [(panel) => ({ panels: [panel] }), slopes],
      pairs: [(one) => ({ panels: [{ ...slopes, pairs: [one] }] }), slopes.pairs[0]],
    },
  ),
  openEvents: {
    call(given: never) {
      const events = openEvents(folder(), 0);
      try {
        events.append(given);
      } finally {
        events.close();
      }
    },
    options: scalar,
  },
  optimizationHistory: levels(
    optimizationHistory,
    { ...searched, arms: [{ name: 'a', trials: seedsOf(1, 2) }] },
    {
      arms: [(arm) => ({ arms: [arm] }), { name: 'a', trials: seedsOf(1, 2) }],
      trials: [(one) => ({ arms: [{ name: 'a', trials: [one] }] }), { number: 0, value: 1 }],
    },
  ),
  parallelCoordinates: levels(parallelCoordinates, picture),
  parameterImportances: levels(
    parameterImportances,
    { ...heading, importances },
    {
      importances: [(given) => ({ importances: given }), importances],
      parameters: [(one) => ({ importances: { ...importances, parameters: [one] } }), importance],
    },
  ),
  renderFigure: { call: (given: never) => renderFigure(given), options: { ...figure } },
  renderHtml: { call: (given: never) => renderHtml('t', [given]), options: { ...figure } },
  renderPage: levels(
    renderPage,
    { title: 'T', prose: ['p'], sections: [section] },
    {
      sections: [(one) => ({ sections: [one] }), section],
      below: [(one) => ({ sections: [{ ...section, sections: [one] }] }), section],
      tables: [(one) => ({ sections: [{ ...section, tables: [one] }] }), table],
      figures: [
        (one) => ({ sections: [{ ...section, figures: [one] }] }),
        { figure, caption: 'c', folded: 'f' },
      ],
    },
  ),
  reproducedFigures: levels(reproducedFigures, reproducing, {
    figures: [(one) => ({ figures: [one] }), reproductions],
  }),
  requestedEffective: levels(
    requestedEffective,
    { ...heading, setting: loss, arms: ['a'], studyArms, trials: [requesting] },
    { setting: [(setting) => ({ setting }), axis], trials: [(one) => ({ trials: [one] }), requesting] },
  ),
  slice: levels(slice, picture),
  studyFigures: { call: (given: never) => studyFigures(given, null), options: study },
  searchScatter: levels(
    searchScatter,
    { ...heading, x: epoch, y: loss, direction: 'minimize', arms: [scattered], studyArms },
    {
      x: [(x) => ({ x }), axis],
      y: [(y) => ({ y }), axis],
      arms: [(arm) => ({ arms: [arm] }), scattered],
      trials: [(one) => ({ arms: [{ ...scattered, trials: [one] }] }), scattered.trials[0]],
    },
  ),
  survival: levels(
    survival,
    { ...heading, x: epoch, threshold: 'it', arms: [survivors], studyArms },
    { x: [(x) => ({ x }), axis], arms: [(arm) => ({ arms: [arm] }), survivors] },
  ),
  sweep: levels(sweep, swept, { measurements: [(one) => ({ measurements: [one] }), measurements[0]] }),
  tunedBounds: levels(
    tunedBounds,
    { ...heading, parameters: [tuned] },
    { parameters: [(one) => ({ parameters: [one] }), tuned] },
  ),
  writeFigure: {
    call: (given: never) => writeFigure(given, join(folder(), 'figure')),
    options: { ...figure },
  },
  writeHtml: {
    call: (given: never) => writeHtml('t', [given], join(folder(), 'page.html')),
    options: { ...figure },
  },
};
