import type { Choice, Distribution } from '../../../experiments/tuning/space/distributions.js';
import type { Direction, TrialRecord, TrialState } from '../../../experiments/tuning/log/records.js';

/** What a golden file of Optuna's holds; any part may be absent. Non-finite numbers are strings in the file. */
export type Golden = {
  readonly meta: { readonly optuna: string };
  readonly histories?: Readonly<Record<string, GoldenHistory>>;
  readonly tpe_stable_sort?: Readonly<Record<string, Readonly<Record<string, GoldenModel>>>>;
  readonly tpe_multivariate_stable_sort?: Readonly<Record<string, GoldenJointModel>>;
  readonly sequences_stable_sort?: Readonly<Record<string, readonly GoldenStep[]>>;
  readonly median_pruner?: readonly GoldenPruner[];
  readonly importance?: Readonly<Record<string, GoldenImportance>>;
};

export type GoldenHistory = { readonly direction: Direction; readonly trials: readonly GoldenTrial[] };

export type GoldenTrial = {
  readonly number?: number;
  readonly state: string;
  readonly value?: number | null;
  readonly params?: Readonly<Record<string, Choice>>;
  readonly distributions?: Readonly<Record<string, GoldenDistribution>>;
  readonly intermediate_values: Readonly<Record<string, number>>;
};

export type GoldenDistribution = {
  readonly name: string;
  readonly attributes: {
    readonly low: number;
    readonly high: number;
    readonly log: boolean;
    readonly step: number | null;
    readonly choices: readonly Choice[];
  };
};

export type GoldenMixture = {
  readonly weights: readonly number[];
  readonly params: Readonly<Record<string, GoldenKernels>>;
  readonly observations_external: Readonly<Record<string, readonly number[]>>;
};

export type GoldenKernels = {
  readonly kernel?: string;
  readonly low: number | null;
  readonly high: number | null;
  readonly q?: number | null;
  readonly step?: number | null;
  readonly mus: readonly number[] | null;
  readonly sigmas: readonly number[] | null;
  readonly categorical_weights: readonly (readonly number[])[] | null;
};

export type GoldenModel = {
  readonly distribution: GoldenDistribution;
  readonly n_below: number;
  readonly below_trial_numbers: readonly number[];
  readonly above_trial_numbers: readonly number[];
  readonly scores?: readonly (readonly number[])[];
  readonly below: GoldenMixture;
  readonly above: GoldenMixture;
  readonly grid: readonly number[];
  readonly log_l: readonly number[];
  readonly log_g: readonly number[];
  readonly argmax_grid_index: number;
  readonly draws: readonly (GoldenDraw & {
    readonly candidates: readonly number[];
    readonly chosen: Choice;
  })[];
};

export type GoldenDraw = {
  readonly seed: number;
  readonly log_l: readonly number[];
  readonly log_g: readonly number[];
};

export type GoldenJointModel = {
  readonly param_order: readonly string[];
  readonly n_below: number;
  readonly below: GoldenMixture;
  readonly above: GoldenMixture;
  readonly draws: readonly (GoldenDraw & {
    readonly candidates: Readonly<Record<string, readonly number[]>>;
    readonly chosen: Readonly<Record<string, Choice>>;
  })[];
};

export type GoldenStep = {
  readonly params: Readonly<Record<string, Choice>>;
  readonly internal: Readonly<Record<string, number>>;
  readonly value: number;
};

export type GoldenPruner = {
  readonly label: string;
  readonly pruner: string;
  readonly direction: Direction;
  readonly config: {
    readonly percentile?: number;
    readonly n_startup_trials?: number;
    readonly n_warmup_steps?: number;
    readonly interval_steps?: number;
    readonly n_min_trials?: number;
  };
  readonly trials: readonly GoldenTrial[];
  readonly decisions: readonly { readonly step: number; readonly value: number; readonly prune: boolean }[];
};

export type GoldenImportance = {
  readonly fanova: GoldenForests;
  readonly mdi: GoldenForests;
  readonly exact_forest: GoldenForest;
  readonly ped_anova?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly ped_anova_raw?: Readonly<Record<string, Readonly<Record<string, number>>>>;
};

export type GoldenForests = {
  readonly n_trees: number;
  readonly seeds: number;
  readonly mean: Readonly<Record<string, number>>;
};

export type GoldenForest = {
  readonly param_order: readonly string[];
  readonly column_to_encoded_columns: readonly (readonly number[])[];
  readonly bounds: readonly (readonly [number, number])[];
  readonly trees: readonly GoldenTree[];
  readonly tree_variances: readonly number[];
  /** For each parameter, one for each tree. */
  readonly marginal_variances: readonly (readonly number[])[];
  readonly fanova: Readonly<Record<string, number>>;
  readonly mdi_same_forest: Readonly<Record<string, number>>;
};

export type GoldenTree = {
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly value: readonly number[];
  readonly impurity: readonly number[];
  readonly n_node_samples: readonly number[];
};

const nonFinite: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/** A parsed golden file with its non-finite numbers put back. */
export function readGolden(content: unknown): Golden {
  return withNumbers(content) as Golden;
}

function withNumbers(value: unknown): unknown {
  if (typeof value === 'string') return nonFinite[value] ?? value;
  if (Array.isArray(value)) return value.map(withNumbers);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withNumbers(member)]));
}

export function toDistribution({ name, attributes }: GoldenDistribution): Distribution {
  const { low, high, log, step, choices } = attributes;
  if (name === 'CategoricalDistribution') return { kind: 'categorical', choices };
  if (name === 'IntDistribution') return { kind: 'int', low, high, log, step: step ?? 1 };
  return { kind: 'float', low, high, log, step };
}

export function toTrial(trial: GoldenTrial, index: number): TrialRecord {
  const distributions = Object.entries(trial.distributions ?? {});
  const reports = Object.entries(trial.intermediate_values);
  return {
    number: trial.number ?? index,
    state: trial.state.toLowerCase() as TrialState,
    value: trial.value ?? null,
    params: trial.params ?? {},
    distributions: Object.fromEntries(distributions.map(([name, value]) => [name, toDistribution(value)])),
    intermediateValues: new Map(reports.map(([step, value]) => [Number(step), value])),
    userAttributes: {},
    systemAttributes: {},
    started: null,
    completed: null,
    worker: 'golden',
    id: trial.number ?? index,
  };
}
