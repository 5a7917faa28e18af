import { UsageError } from '../../engine/core/errors.js';
import { suggestion } from '../../engine/core/nearest.js';
import { armsOfMeasure } from './claimConfig.js';
import type { StudyConfig } from './config.js';

/**
 * @throws UsageError if a claim compares an arm by a metric that a training of the arm did not measure, which would leave
 * the claim undecided.
 */
export function requireClaimedMetrics(
  { claims }: StudyConfig,
  arm: string,
  measured: ReadonlySet<string>,
): void {
  for (const { id, arm: claimed, against, measure } of claims) {
    const compared = [claimed, ...against, ...armsOfMeasure(measure)];
    if (!compared.includes(arm) || !('metric' in measure) || measure.metric === undefined) continue;
    if (measured.has(measure.metric)) continue;
    const names = [...measured];
    throw new UsageError(
      `run: claim '${id}' is about the metric '${measure.metric}', which arm '${arm}' does not measure; it measures ` +
        `${names.join(', ')}.${suggestion(measure.metric, names)}`,
    );
  }
}
