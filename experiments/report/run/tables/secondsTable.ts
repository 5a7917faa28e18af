/** The seconds of trainings: described, since they depend on the machine and on what else it did, and never judged. */
import { epochsToEach } from '../../../runner/results/measures/thresholds.js';
import { trainingsOf } from '../../../runner/results/measures/trainings.js';
import type { RunData } from '../../../runner/record/runData.js';
import type { TrainingEntry } from '../../../runner/record/runLog.js';
import { objectiveOf } from '../../../tasks/task.js';
import type { ReportCell, ReportTable } from '../../tables/table.js';
import { spread } from './cells.js';

/** The median seconds of a training of each arm, and until each threshold that claims name, with those that never got there. */
export function secondsTable(data: RunData): ReportTable {
  const thresholds = thresholdsOf(data);
  return {
    caption: 'Seconds, described and not judged: medians [lowest, highest].',
    headers: ['arm', 'seeds', 'seconds', ...thresholds.map(({ title }) => title)],
    rows: Object.keys(data.config.arms).flatMap((arm): ReportCell[][] => {
      const trainings = trainingsOf(data, arm).filter(({ seconds }) => seconds.length > 0);
      if (trainings.length === 0) return [];
      return [
        [
          ...[arm, trainings.length, spread(lasts(trainings), digits)],
          ...thresholds.map((threshold) => until(data, trainings, threshold)),
        ],
      ];
    }),
  };
}

const digits = 3;

const lasts = (trainings: readonly TrainingEntry[]): readonly number[] =>
  trainings.map(({ seconds }) => seconds[seconds.length - 1]);

interface Threshold {
  readonly title: string;
  readonly metric: string;
  readonly value: number;
}

/** The values of a metric that claims count epochs to. */
function thresholdsOf({ config, metrics }: RunData): readonly Threshold[] {
  const all = config.claims.flatMap(({ measure }) => {
    if (measure.kind !== 'epochsTo') return [];
    const { values, metric = objectiveOf(metrics) } = measure;
    const name = Object.hasOwn(metrics, metric) ? metrics[metric].title : metric;
    return values.map((value) => ({ title: `to ${name} ${value}`, metric, value }));
  });
  return [...new Map(all.map((one) => [one.title, one])).values()];
}

function until(data: RunData, trainings: readonly TrainingEntry[], { metric, value }: Threshold): string {
  const seconds = trainings.map((training) => {
    const [epoch] = epochsToEach(data, training, { kind: 'epochsTo', values: [value], metric })!;
    return epoch <= training.seconds.length ? training.seconds[epoch - 1] : Infinity;
  });
  const reached = seconds.filter(Number.isFinite);
  const never = seconds.length - reached.length;
  return [
    ...(reached.length === 0 ? [] : [spread(reached, digits)]),
    ...(never === 0 ? [] : [`${never} of ${seconds.length} never`]),
  ].join('; ');
}
