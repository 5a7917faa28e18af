/** What tables and pictures of claims share. */
import type { ClaimResult, Comparison } from '../../../runner/results/claims/claims.js';
import type { Results } from '../../../runner/results/results.js';
import { valueInWords } from '../../../runner/results/measures/words.js';

/** Manipulation checks, and the claims that they are about: families with an error rate each. */
export const familiesOf = ({ claims }: Pick<Results, 'claims'>) => ({
  checks: claims.filter(({ isCheck }) => isCheck),
  claims: claims.filter(({ isCheck }) => !isCheck),
});

/** The arms of a comparison, or the arm and the number that it is compared with. */
export function armsOf({ arm, value, measure }: ClaimResult, { against }: Comparison): string {
  return `${arm} − ${value === undefined ? against : valueInWords(measure, value)}`;
}
