import type { Choice, Distribution } from '../../../tuning/space/distributions.js';
import { type Axis, type Domain, domainOf, positionOn, ticksOf } from '../../draw/axes.js';
import {
  type Figure,
  framePanels,
  inLayouts,
  type Layer,
  type Panel,
  type PanelSize,
} from '../../draw/figure.js';
import type { Layout } from '../../draw/layout.js';
import { measureText } from '../../draw/fontMetrics.js';
import { armStyle, ink, rampColor, size } from '../../draw/theme.js';
import {
  bestInWords,
  readStudyPicture,
  type StudyPicture,
  type ValuedTrial,
  worstFirst,
} from './trialValues.js';

const panels: Readonly<Record<Layout['kind'], PanelSize>> = {
  file: { columns: 3, width: 210, height: 170 },
  wide: { columns: 3, width: 215, height: 170 },
  narrow: { columns: 1, width: 290, height: 170 },
};

/**
 * The objective over each parameter, in a small plot for each: trials as dots, later ones stronger, the best
 * as an orange diamond. Log ranges have a log axis; choices stand side by side.
 *
 * Throws a UsageError if no trial has a finite value.
 */
export function slice(description: StudyPicture): Figure {
  readStudyPicture('slice', description);
  return inLayouts((layout) => drawSlice(layout, description));
}

function drawSlice(layout: Layout, description: StudyPicture): Figure {
  const panel = panels[layout.kind];
  const trials = worstFirst(description);
  const values = trials.map(({ value }) => value);
  const domain = domainOf('slice', description.y, values);
  const names = [...new Set(trials.flatMap(({ params }) => Object.keys(params)))];
  const small = names.map((name) => panelOf(name, trials, description.y, domain, panel.width));
  const note = `dots: complete trials, later ones stronger; orange diamond: ${bestInWords(description)}`;
  return framePanels(layout, description, note, small, panel);
}

function panelOf(
  name: string,
  trials: readonly ValuedTrial[],
  y: Axis,
  domain: Domain,
  width: number,
): Panel {
  const having = trials.filter(({ params }) => Object.hasOwn(params, name));
  const last = Math.max(...trials.map(({ number }) => number), 1);
  const rows = having.map(({ number, value, params }) => ({
    ...{ trial: number, value, x: params[name] },
    color: rampColor(0.2 + (0.8 * number) / last),
  }));
  const encoding = {
    x: parameterOn(name, having[0].distributions[name], width),
    y: positionOn(y, 'value', domain, ticksOf(y, domain, 5)),
  };
  const best = trials.at(-1)?.number;
  const layer: Layer[] = [
    {
      data: { values: rows.filter(({ trial }) => trial !== best) },
      mark: { type: 'point', filled: true, opacity: 0.8, size: 26 },
      encoding: {
        ...encoding,
        color: { field: 'color', type: 'nominal', scale: null },
      },
    },
    {
      data: { values: rows.filter(({ trial }) => trial === best) },
      mark: {
        type: 'point',
        shape: 'diamond',
        filled: true,
        opacity: 1,
        size: 110,
        color: armStyle(1).color,
        stroke: ink.text,
        strokeWidth: 0.8,
      },
      encoding,
    },
  ];
  return { layer };
}

/** The axis of a parameter over its whole range. */
function parameterOn(name: string, distribution: Distribution, width: number) {
  if (distribution.kind === 'categorical') {
    return {
      field: 'x',
      type: 'nominal' as const,
      scale: { domain: [...distribution.choices] },
      axis: {
        title: name,
        labelAngle: fits(distribution.choices, width) ? 0 : -30,
        labelOverlap: false,
        grid: false,
      },
    };
  }
  const { low, high, log } = distribution;
  const axis: Axis = { title: name, scale: log ? 'log' : 'linear' };
  const domain = domainOf('slice', axis, [low, high]);
  const channel = positionOn(axis, 'x', domain, ticksOf(axis, domain, 4));
  return { ...channel, axis: { ...channel.axis, labelSeparation: 8 } };
}

/** Whether the labels of choices fit beside each other. */
function fits(choices: readonly Choice[], width: number): boolean {
  const widest = Math.max(...choices.map((choice) => measureText(String(choice), size.label)));
  return widest + 8 <= width / choices.length;
}
