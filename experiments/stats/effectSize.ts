import { mean, standardDeviation } from './moments.js';
import { pairedDifferences } from './samples.js';

/**
 * Cohen's d for pairs, d_z = mean(d) / s_d of the differences d = a - b (Cohen 1988): the paired t statistic over sqrt(n).
 *
 * Equal differences give 0 if they are zero, else an infinity; infinite ones NaN. (For ranks, see `rankBiserial` of
 * `signedRankTest` and `cliffsDelta` of `mannWhitneyTest`.) Throws a UsageError for unequal lengths, fewer than two pairs, and NaN.
 */
export function cohensDz(a: readonly number[], b: readonly number[]): number {
  const differences = pairedDifferences('cohensDz', a, b, 2);
  const center = mean(differences);
  return center === 0 ? 0 : center / standardDeviation(differences);
}
