/** What a study is: arms that are tuned and compared under equal terms, and claims that the comparison decides. */
import type { Dataset, Split } from '../../data/index.js';

/**
 * How data is used. `clean`: the published training split is divided 80/10/10 into train, metaVal and tuneVal;
 * arms are tuned on tuneVal and reported on the untouched test split. `seed`, as the write-ups did: trained on
 * the whole training split, and tuned on the very test split that is reported.
 */
export type Protocol = 'clean' | 'seed';

/** All that determines a run's results. */
export interface StudyConfig {
  readonly protocol: Protocol;
  /** Examples of the data set, before it is split. */
  readonly samples: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Trials of the search, for each arm. */
  readonly trials: number;
  /** Fresh seeds on which each tuned arm is trained again and reported. */
  readonly seeds: number;
  /** The seed from which all others derive. */
  readonly seed: number;
  /** Epochs of work that arms share, once for each seed (0 for none). */
  readonly preparationEpochs: number;
}

/** The range of one number that is searched. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
}

/** What a search chose, by name. */
export type Parameters = Readonly<Record<string, number>>;

/** What one epoch of training measured. */
export interface EpochMetrics {
  /** Mean of the batches' training losses during the epoch. */
  readonly trainLoss: number;
  /** Of the split that the run is judged on, after the epoch. */
  readonly loss: number;
  readonly accuracy: number;
}

/** One training run of an arm. */
export interface TrainingRun {
  readonly config: StudyConfig;
  /** Runs of the same seed begin with the same parameters and see the same batches, whatever their arm. */
  readonly seed: number;
  readonly parameters: Parameters;
  readonly train: Split<'train'>;
  /** Where it is judged: tuneVal or, once tuned, test. */
  readonly judge: Split;
  /** The best parameters of an arm that was tuned before this one. */
  readonly tuned: (arm: string) => Parameters;
}

/** One way to train. */
export interface Arm {
  readonly name: string;
  readonly description: string;
  readonly space: Readonly<Record<string, Range>>;
  /** Yields after each epoch what it measured, or null after an epoch of shared preparation. */
  train(run: TrainingRun): Iterable<EpochMetrics | null>;
}

/** A statement that the run decides: the final loss of one arm is lower than another's. */
export interface Claim {
  readonly id: string;
  readonly statement: string;
  readonly arm: string;
  readonly against: string;
  /** Differences smaller than this do not matter, in loss. */
  readonly margin: number;
}

/** A study, declared. */
export interface StudyDefinition {
  readonly name: string;
  readonly title: string;
  /** One line for `metagrad list`. */
  readonly summary: string;
  readonly presets: Readonly<Record<'full' | 'quick', StudyConfig>>;
  /** The published splits of the data set. */
  data(config: StudyConfig): Dataset<'train' | 'test'>;
  /** In the order in which they are tuned; made anew for each run, since they may share preparations. */
  arms(): readonly Arm[];
  readonly claims: readonly Claim[];
}
