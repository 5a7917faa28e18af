import { isIntegerFrom, kind, readOptions, requireKind } from '../../../engine/core/options.js';
import { isPruner } from '../space/kinds.js';
import { Reports } from '../log/reports.js';
import type { Pruner } from './pruner.js';

/**
 * Asks another pruner only about trials that no longer improve: the best of their last `patience` + 1 reports is worse than
 * the best before them by more than `minDelta`. Without another pruner (null) such a trial is stopped.
 */
export function patientPruner(
  wrapped: Pruner | null,
  patience: number,
  options: { readonly minDelta?: number } = {},
): Pruner {
  if (wrapped !== null) requireKind('patientPruner', 'the wrapped pruner', wrapped, isPruner);
  requireKind('patientPruner', 'patience, a number of steps,', patience, isIntegerFrom(0));
  const { minDelta = 0 } = readOptions<{ readonly minDelta?: number }>('patientPruner', options, {
    minDelta: kind('a number >= 0', (value) => typeof value === 'number' && value >= 0),
  });
  return {
    name: `patient ${patience}${wrapped === null ? '' : `, then ${wrapped.name}`}`,
    shouldPrune(history, trial, note) {
      const reports = Reports.of(trial.intermediateValues).inOrder();
      const earlier = reports.size - patience - 1;
      if (earlier < 1) return false;
      const before = reports.first(earlier).range;
      const recent = reports.valuesFrom(earlier).filter((value) => !Number.isNaN(value));
      if (before === null || recent.length === 0) return false;
      const stalled =
        history.direction === 'minimize'
          ? before.low + minDelta < recent.reduce((so, value) => Math.min(so, value))
          : before.high - minDelta > recent.reduce((so, value) => Math.max(so, value));
      return stalled && (wrapped?.shouldPrune(history, trial, note) ?? true);
    },
  };
}
