import { armsOfMeasure } from './claimConfig.js';
import type { ClaimConfig, StudyConfig } from './config.js';

/** Arms with all those that must be tuned before them. */
export function neededArms(arms: StudyConfig['arms'], names: readonly string[]): ReadonlySet<string> {
  const needed = new Set<string>();
  const add = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    const { tunedAs, uses } = arms[name];
    for (const other of tunedAs === undefined ? uses : [...uses, tunedAs]) add(other);
  };
  names.forEach(add);
  return needed;
}

/** The arms that a claim compares, and those that its measure reads. */
export const armsOfClaim = ({ arm, against, measure }: ClaimConfig): readonly string[] => [
  arm,
  ...against,
  ...armsOfMeasure(measure),
];
