import type { ArmInput } from './config.js';

/** What a change makes of each arm, under a longer name, as in `adam, all rows`. */
export const variants = <Value>(
  arms: Readonly<Record<string, ArmInput>>,
  suffix: string,
  change: (arm: ArmInput, name: string) => Value,
): Record<string, Value> =>
  Object.fromEntries(Object.entries(arms).map(([name, arm]) => [`${name}, ${suffix}`, change(arm, name)]));
