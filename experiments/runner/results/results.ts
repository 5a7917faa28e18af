/** The results of a run: its arms, claims and reproductions in numbers. */
import {
  type Estimate,
  type Interval,
  bootstrapInterval,
  mannWhitneyTest,
  meanInterval,
  median,
} from '../../stats/index.js';
import type { Parameters } from '../../studies/config.js';
import type { Reproduction, StatedFigure } from '../../studies/study.js';
import { bestOf } from '../../tuning/log/records.js';
import { type BoundShare, boundShares } from './bounds.js';
import { type BudgetCurve, budgetCurves } from './budget.js';
import { type ClaimResult, evaluateClaims } from './claims/claims.js';
import { type SurvivalCurve, survivalCurves } from './survival.js';
import { trainingsOf } from './measures/trainings.js';
import { objectiveOf } from '../../tasks/task.js';
import type { RunData } from '../record/runData.js';

/** The results of a run, as `summary.json` has them. */
export interface Results {
  readonly arms: readonly ArmResult[];
  readonly claims: readonly ClaimResult[];
  readonly reproductions: readonly FigureResult[];
  /** The result of the best of k trials, for each arm with searches. */
  readonly budgets: readonly BudgetCurve[];
  /** The share of seeds that had reached a threshold of a claim by each epoch. */
  readonly survival: readonly SurvivalCurve[];
  /** Where the best trials lie in the ranges that were searched. */
  readonly bounds: readonly BoundShare[];
}

export interface ArmResult {
  readonly arm: string;
  readonly role: 'corrected' | 'control';
  /** Parameters and objective of the best trial of each search. */
  readonly best: readonly { readonly parameters: Parameters; readonly value: number }[];
  /** Final metrics on the reported split, for each fresh seed; empty for a sweep. */
  readonly finals: readonly { readonly seed: number; readonly metrics: Readonly<Record<string, number>> }[];
  /** The mean of each metric with its 95 % interval; null without a value. */
  readonly means: Readonly<Record<string, Estimate | null>>;
  /** The median of the objective with its 95 % bootstrap interval; null for fewer than two seeds, or if one diverged. */
  readonly median: (Interval & { readonly median: number }) | null;
}

/** A figure of a write-up's program: as stated, from our executions, and from those in PyTorch. */
export interface FigureResult extends StatedFigure {
  readonly program: string;
  readonly values: readonly number[];
  readonly median: number | null;
  /** The p value of the Mann-Whitney test of our executions against those in PyTorch; null if either are missing. */
  readonly referenceP: number | null;
}

/** The results of what a run has measured so far. */
export function summarize(reproductions: Readonly<Record<string, Reproduction>>, data: RunData): Results {
  return {
    arms: Object.keys(data.config.arms).map((arm) => armResult(data, arm)),
    claims: evaluateClaims(data),
    reproductions: Object.entries(reproductions).flatMap(([program, { figures }]) =>
      figures.map((figure) => figureResult(data, program, figure)),
    ),
    budgets: budgetCurves(data),
    survival: survivalCurves(data),
    bounds: boundShares(data),
  };
}

function armResult(data: RunData, arm: string): ArmResult {
  const names = Object.keys(data.metrics);
  const finals = trainingsOf(data, arm).flatMap(({ seed, epochs }) => {
    const last = epochs.at(-1);
    if (last === undefined) return [];
    return [{ seed, metrics: Object.fromEntries(names.map((name) => [name, last[name]])) }];
  });
  const valuesOf = (name: string): readonly number[] => finals.map(({ metrics }) => metrics[name]);
  const values = valuesOf(objectiveOf(data.metrics));
  const finite = values.every(Number.isFinite);
  return {
    arm,
    role: data.config.arms[arm].role,
    best: data.searches
      .filter((search) => search.arm === arm)
      .flatMap(({ study }) => {
        const best = bestOf(study.direction, study.trials);
        return best === null ? [] : [{ parameters: best.params as Parameters, value: best.value! }];
      }),
    finals,
    means: Object.fromEntries(
      names.map((name) => [name, finals.length === 0 ? null : meanInterval(valuesOf(name))]),
    ),
    median:
      finals.length < 2 || !finite
        ? null
        : { median: median(values), ...bootstrapInterval(values, median, { seed: data.config.seed }) },
  };
}

function figureResult(data: RunData, program: string, figure: StatedFigure): FigureResult {
  const values = data.reproductions
    .filter((reproduction) => reproduction.program === program)
    .map(({ figures }) => figures[figure.name])
    // Diverged.
    .map((value) => (Number.isNaN(value) ? Infinity : value));
  const { reference = [] } = figure;
  return {
    ...figure,
    program,
    values,
    median: values.length === 0 ? null : median(values),
    referenceP: values.length === 0 || reference.length === 0 ? null : mannWhitneyTest(values, reference).p,
  };
}
