import { UsageError } from '../../../../engine/core/errors.js';
import { isFinite, isList, isOneOf, isText, kind } from '../../../../engine/core/options.js';
import type { Importance, Importances } from '../../../tuning/importance/importance.js';
import { type Axis, clipInterval, domainOf, positionOn, ticksOf } from '../../draw/axes.js';
import { type Figure, frame, inLayouts, type Heading, type Layer, headingKinds } from '../../draw/figure.js';
import type { Layout } from '../../draw/layout.js';
import { layRows } from '../../draw/rows.js';
import { isObject, isTexts, type PartKinds, readEach, readParts } from '../../draw/parts.js';
import { armStyle, ink } from '../../draw/theme.js';

export interface ImportancesPicture extends Heading {
  readonly importances: Importances;
}

const kinds: PartKinds<ImportancesPicture> = {
  required: { ...headingKinds.required, importances: isObject },
  optional: headingKinds.optional,
};
const importancesKinds: PartKinds<Importances> = {
  required: { method: isText, scale: isOneOf('log', 'raw'), parameters: isList, leftOut: isTexts },
  optional: {},
};
const isDeviation = kind('a number >= 0 or null', (value) => value === null || Number(value) >= 0);
const importanceKinds: PartKinds<Importance> = {
  required: { name: isText, share: isFinite, deviation: isDeviation },
  optional: {},
};

/** Pixels for one parameter. */
const rowHeight = 32;

/**
 * The importance of each parameter: a bar for its share, a line for the deviation over forests, and both in figures.
 *
 * Throws a UsageError if there is none.
 */
export function parameterImportances(description: ImportancesPicture): Figure {
  const { importances } = readParts('parameterImportances', description, kinds);
  const { parameters } = readParts('parameterImportances: importances', importances, importancesKinds);
  readEach('parameterImportances: importances', 'parameters', parameters, importanceKinds);
  if (parameters.length === 0)
    throw new UsageError('parameterImportances: no parameter to draw; leave the figure out.');
  return inLayouts((layout) => drawImportances(layout, description));
}

const axis: Axis = { title: 'share of the importance', bounds: [0, 1] };

function drawImportances(layout: Layout, description: ImportancesPicture): Figure {
  const { method, scale, parameters, leftOut } = description.importances;
  const rows = parameters.map(({ name, share, deviation }) =>
    clipInterval(axis, { name, share, low: share - (deviation ?? 0), high: share + (deviation ?? 0) }),
  );
  const texts = parameters.map(({ name, share, deviation }) => ({
    name,
    figures: deviation === null ? share.toFixed(2) : `${share.toFixed(2)} ± ${deviation.toFixed(2)}`,
  }));
  const [, high] = domainOf('parameterImportances', axis, [0, 0.1, ...rows.map((row) => row.high)]);
  const domain = [0, high] as const;
  const at = (field: string) => positionOn(axis, field, domain, ticksOf(axis, domain, 5));
  const { y, shift, ...laid } = layRows(layout, 'name', texts, rowHeight);
  const data = { values: rows };
  const layers: Layer[] = [
    {
      data,
      mark: { type: 'bar', height: 16, color: armStyle(0).color, opacity: 0.8, yOffset: shift },
      encoding: { y, x: at('share'), x2: { datum: 0 } },
    },
    ...laid.texts,
  ];
  const varied = parameters.some(({ deviation }) => deviation !== null);
  if (varied) {
    layers.push({
      data,
      mark: { type: 'rule', strokeWidth: 2, color: ink.text, yOffset: shift },
      encoding: { y, x: at('low'), x2: { field: 'high' } },
    });
  }
  const notes = [
    `bars: ${method}, log ranges measured ${scale === 'log' ? 'in log(x)' : 'as they are'}`,
    ...(varied ? ['lines: one standard deviation over forests either way'] : []),
    ...(leftOut.length > 0 ? [`not in all trials and left out: ${leftOut.join(', ')}`] : []),
  ];
  return frame(layout, description, notes.join('; '), layers, laid);
}
