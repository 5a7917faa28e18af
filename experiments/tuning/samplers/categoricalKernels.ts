import type { CategoricalDistribution } from '../space/distributions.js';

/** The kernels of a categorical parameter: a row of probabilities for each observation, and one for the prior. */
export type CategoricalKernels = {
  readonly kind: 'categorical';
  readonly rows: readonly (readonly number[])[];
  readonly logDensity: (index: number, choice: number) => number;
  readonly draw: (index: number, uniform: number) => number;
};

/** Rows (1/(n+1) + onehot) / sum for n observations of choices by index; the last row, the prior, is uniform. */
export function categoricalKernels(
  { choices }: CategoricalDistribution,
  observed: readonly number[],
): CategoricalKernels {
  const kernelCount = observed.length + 1;
  const row = (observation: number | null): number[] => {
    const raw = choices.map((_, choice) => 1 / kernelCount + (choice === observation ? 1 : 0));
    const total = raw.reduce((sum, value) => sum + value, 0);
    return raw.map((value) => value / total);
  };
  const rows = [...observed.map(row), row(null)];
  return {
    kind: 'categorical',
    rows,
    logDensity: (index, choice) => Math.log(rows[index][choice]),
    draw(index, uniform) {
      let cumulative = 0;
      const choice = rows[index].findIndex((probability) => (cumulative += probability) >= uniform);
      return choice === -1 ? choices.length - 1 : choice;
    },
  };
}
