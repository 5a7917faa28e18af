import type { Trial } from '../../experiments/tuning/index.js';

/** An objective that is least at x = 2, with the smallest width and adam. */
export const parabola = (trial: Trial): number => {
  const x = trial.suggestFloat('x', -5, 5);
  const width = trial.suggestInt('width', 8, 512, { log: true });
  const rule = trial.suggestCategorical('rule', ['sgd', 'adam']);
  return (x - 2) ** 2 + Math.log2(width) / 100 + (rule === 'adam' ? 0 : 1);
};
