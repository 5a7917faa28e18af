/** Under what conditions a run measured, in the words of its pictures. */
import type { StudyConfig } from '../../studies/config.js';
import type { Protocol } from '../../tasks/splits.js';

const reported: Readonly<Record<Protocol, string>> = {
  clean: 'untouched test split',
  seed: 'test split, on which the arms were also tuned',
};

export const measuredOn = ({ protocol, samples }: StudyConfig): string =>
  `${samples} samples; measured on the ${reported[protocol]}`;

export function conditions(config: StudyConfig): string {
  const { trials, searches } = config;
  const budget = searches === 1 ? `${trials} trials` : `${trials} trials in each of ${searches} searches`;
  return `${measuredOn(config)}; each arm at its best of ${budget}`;
}
