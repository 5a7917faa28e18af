/** The pictures of claims: differences, and the pairs behind them, for each unit; and how many seeds reached thresholds. */
import { betterSide } from '../../../runner/results/measures/measures.js';
import type { ClaimResult, Comparison } from '../../../runner/results/claims/claims.js';
import type { Results } from '../../../runner/results/results.js';
import type { RunData } from '../../../runner/record/runData.js';
import { median } from '../../../stats/index.js';
import type { StudyDefinition } from '../../../studies/study.js';
import { type Difference, differences } from '../../charts/claims/differences.js';
import { pairedSlopes, type SlopePanel } from '../../charts/claims/pairedSlopes.js';
import { armsOf } from '../common/claims.js';
import { conditions } from '../common/conditions.js';
import { isInterim } from '../common/reportedRun.js';
import type { AddFigure } from './runFigure.js';
import { type Unit, unitOf } from './units.js';

/** Adds the pictures behind claims for each unit. */
export function addClaimFigures(
  study: StudyDefinition,
  data: RunData,
  { claims }: Results,
  add: AddFigure,
): void {
  const { config, metrics } = data;
  const byUnit = new Map<string, { readonly unit: Unit; readonly claims: ClaimResult[] }>();
  for (const claim of claims) {
    const unit = unitOf(claim.measure, metrics);
    const { claims: ofUnit } =
      byUnit.get(unit.file) ?? byUnit.set(unit.file, { unit, claims: [] }).get(unit.file)!;
    ofUnit.push(claim);
  }
  const subtitle = `${isInterim({ data }) ? 'interim: the run is not complete; ' : ''}${conditions(config)}`;
  for (const [file, { unit, claims: ofUnit }] of byUnit) {
    const rows = ofUnit.flatMap((claim) => claim.comparisons.flatMap((one) => differenceOf(claim, one)));
    if (rows.length > 0)
      add(`claims${file}`, 'claims', () =>
        differences({
          ...{ title: `${study.title}: the claims by ${unit.differences.title}`, subtitle },
          ...{ x: unit.differences, differences: rows },
        }),
      );
    const panels = ofUnit.flatMap((claim) => panelsOf(data, claim));
    for (let first = 0; first < panels.length; first += mostPanels) {
      const some = panels.slice(first, first + mostPanels);
      const number = first === 0 ? '' : `-${first / mostPanels + 1}`;
      const words = `seed by seed: ${unit.values.title}`;
      add(
        `pairs${file}${number}`,
        'claims',
        () => pairedSlopes({ title: `${study.title}: ${words}`, subtitle, y: unit.values, panels: some }),
        first === 0 ? undefined : `${some.length} more comparisons ${words}`,
      );
    }
  }
}

/** The limit of small plots in a picture. */
const mostPanels = 12;

function differenceOf(claim: ClaimResult, one: Comparison): Difference[] {
  const { id, margin } = claim;
  const { difference, deciding, level, verdict } = one;
  // NaN where both diverged.
  const values = one.differences.filter((value) => !Number.isNaN(value));
  if (difference === null || values.length === 0) return [];
  // Where a training diverged there is no mean.
  const estimate = Number.isFinite(difference.mean)
    ? { ...difference, ...deciding }
    : { mean: median(values), low: NaN, high: NaN };
  const { mean: point, low, high } = estimate;
  return [{ name: `${id}: ${armsOf(claim, one)}`, point, low, high, level, values, margin, verdict }];
}

/** The pairs of a claim; of tuned parameters themselves, not their logarithms. A comparison with a number has none. */
function panelsOf(data: RunData, claim: ClaimResult): SlopePanel[] {
  const { id, arm, measure, value, comparisons } = claim;
  if (value !== undefined) return [];
  const shown = measure.kind === 'logTuned' ? Math.exp : (measured: number): number => measured;
  const epoch = measure.kind === 'metric' ? measure.epoch : undefined;
  const after = epoch === undefined ? '' : epoch === 'best' ? ', early stopping' : `, epoch ${epoch}`;
  return comparisons
    .filter(({ values }) => values.some((pair) => pair.some(Number.isFinite)))
    .map(({ against, seeds, values }) => ({
      ...{ title: `${id}${after}`, against, arm, better: betterSide(data, claim) },
      pairs: seeds.map((seed, i) => ({
        ...{ seed, arm: shown(values[i][0]), against: shown(values[i][1]) },
        added: seed >= (data.seedsAddedFrom ?? Infinity),
      })),
    }));
}
