import type { Trial } from '../experiments/tuning/index.js';

/** A function to minimize, with its least value. The same problems are in optuna_tpe.py. */
export type Problem = {
  readonly name: string;
  readonly least: number;
  readonly objective: (trial: Trial) => number;
};

/** Branin: 2 parameters, three minima of the same value. */
function branin(trial: Trial): number {
  const x = trial.suggestFloat('x', -5, 10);
  const y = trial.suggestFloat('y', 0, 15);
  const bend = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
  return bend ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

const alpha = [1, 1.2, 3, 3.2];
const a = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const p = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

/** Hartmann-6: 6 parameters, four Gaussian wells. */
function hartmann6(trial: Trial): number {
  const x = a[0].map((_, i) => trial.suggestFloat(`x${i}`, 0, 1));
  const depths = alpha.map((height, well) => {
    const distance = x.reduce((sum, value, i) => sum + a[well][i] * (value - p[well][i]) ** 2, 0);
    return height * Math.exp(-distance);
  });
  return -depths.reduce((sum, depth) => sum + depth, 0);
}

/** Rosenbrock: 10 parameters in a bent valley. */
function rosenbrock10(trial: Trial): number {
  const x = Array.from({ length: 10 }, (_, i) => trial.suggestFloat(`x${i}`, -5, 10));
  return x.slice(1).reduce((sum, next, i) => sum + 100 * (next - x[i] ** 2) ** 2 + (1 - x[i]) ** 2, 0);
}

/** A search for an optimizer: which parameters there are depends on the rule, and the better rule has the harder space. */
function conditional(trial: Trial): number {
  const rule = trial.suggestCategorical('rule', ['sgd', 'adam']);
  const lr = Math.log10(trial.suggestFloat('lr', 1e-5, 1, { log: true }));
  const depth = (trial.suggestInt('depth', 1, 8) - 4) ** 2 / 16;
  if (rule === 'sgd')
    return 0.5 + (lr + 1) ** 2 + 4 * (trial.suggestFloat('momentum', 0, 0.99) - 0.9) ** 2 + depth;
  const forgetting = Math.log10(trial.suggestFloat('forgetting', 1e-4, 1e-1, { log: true }));
  return (lr + 3) ** 2 + (forgetting + 3) ** 2 + depth;
}

export const problems: readonly Problem[] = [
  { name: 'branin', least: 0.397887, objective: branin },
  { name: 'hartmann6', least: -3.32237, objective: hartmann6 },
  { name: 'rosenbrock10', least: 0, objective: rosenbrock10 },
  { name: 'conditional', least: 0, objective: conditional },
];
