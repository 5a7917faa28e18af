/** Averages of values that share a source of chance. */
import { UsageError } from '../../engine/core/errors.js';
import { isList, requireKind } from '../../engine/core/options.js';
import { checkNumbers } from './samples.js';

/**
 * The mean of each cluster of values, in the order in which the clusters first appear: `clusters[i]` names that of `values[i]`.
 *
 * Values that share a source of chance, such as trainings with the parameters that one search chose, are no independent sample:
 * a t interval of them errs more often than its level says. That of their cluster means, with (clusters - 1) degrees of
 * freedom, does not, whatever the correlation within a cluster (Donner and Klar 2000, chapter 6). Infinite values of both signs in
 * one cluster give NaN. Throws a UsageError for lists of different lengths.
 */
export function clusterMeans(
  values: readonly number[],
  clusters: readonly (number | string)[],
): readonly number[] {
  checkNumbers('clusterMeans', values);
  requireKind('clusterMeans', 'the clusters', clusters, isList);
  if (clusters.length !== values.length)
    throw new UsageError(
      `clusterMeans: ${values.length} values and ${clusters.length} clusters; name the cluster of each value.`,
    );
  const members = new Map<number | string, number[]>();
  values.forEach((value, i) => {
    members.set(clusters[i], [...(members.get(clusters[i]) ?? []), value]);
  });
  return [...members.values()].map((all) => all.reduce((sum, x) => sum + x, 0) / all.length);
}
