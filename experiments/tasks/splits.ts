import { type Dataset, type Split, divide, makeSplit } from '../../data/index.js';
import { UsageError } from '../../engine/index.js';
import { refuseLeak } from '../../optimizers/index.js';

/**
 * How data is used. `clean`: the published training split is divided 80/10/10 into train, metaVal and tuneVal; arms are tuned
 * on tuneVal and reported on the untouched test split. `seed`, as the write-ups did: trained on the whole training split,
 * and meta-trained and tuned on the very test split that is reported.
 */
export const protocols = ['clean', 'seed'] as const;
export type Protocol = (typeof protocols)[number];

/** The rows that an arm trains on: baselines may have those that meta-learning arms learn theta from. */
export const trainingRows = ['train', 'train+metaVal'] as const;
export type TrainingRows = (typeof trainingRows)[number];

/** The splits of a training run, by their use. */
export interface Splits {
  readonly train: Split<'train'>;
  /** For meta-learning: the test split in the protocol `seed`. */
  readonly metaVal: Split<'metaVal' | 'test'>;
  /**
   * For the evaluation of the run: tuneVal in a search, test once tuned; the test split for both in the protocol `seed`.
   */
  readonly evaluation: Split<'tuneVal' | 'test'>;
  /** A split on which the objective is measured too, which decides nothing. */
  readonly watched?: WatchedSplit;
}

/**
 * A split that is only watched, by the name of the measurement: in a final training `tuneVal`, after each epoch; in a trial
 * `test`, the split that is reported, after the last epoch. In the protocol `seed` both are the test split.
 */
export interface WatchedSplit {
  readonly as: 'tuneVal' | 'test';
  readonly split: Split<'tuneVal' | 'test'>;
}

/** The purpose of a training run: a search, or the report. */
export type Phase = 'tune' | 'final';

/**
 * The splits of a protocol, for an arm and a phase.
 * @throws UsageError if a run would learn from or tune on the split it reports; only the protocol `seed` may.
 */
export function splitsFor(
  protocol: Protocol,
  data: Dataset<'train' | 'test'>,
  trainsOn: TrainingRows,
  phase: Phase,
): Splits {
  const as = phase === 'tune' ? 'test' : 'tuneVal';
  if (protocol === 'seed') {
    const { train, test } = data;
    return { train, metaVal: test, evaluation: test, watched: { as, split: test } };
  }
  const { train, metaVal, tuneVal } = divide(data.train, { train: 0.8, metaVal: 0.1, tuneVal: 0.1 });
  const splits: Splits = {
    train: trainsOn === 'train' ? train : withMetaVal(data.train),
    metaVal,
    evaluation: phase === 'tune' ? tuneVal : data.test,
    watched: { as, split: phase === 'tune' ? data.test : tuneVal },
  };
  refuseLeaks(splits, data.test);
  return splits;
}

/** The training rows and those for meta-learning, which follow one another. */
function withMetaVal(published: Split<'train'>): Split<'train'> {
  const { train } = divide(published, { train: 0.9, tuneVal: 0.1 });
  return makeSplit('train', train.x, train.y);
}

/**
 * @throws UsageError if the reported split, or one that the run is measured on, is also trained or meta-trained on.
 */
export function refuseLeaks({ train, metaVal, evaluation, watched }: Splits, reported: Split<'test'>): void {
  for (const [use, split] of [
    ['train', train],
    ['metaVal', metaVal],
  ] as const) {
    refuseLeak('run', use, split, reported, {});
    if (split.name === evaluation.name || split.name === watched?.split.name)
      throw new UsageError(
        `run: '${split.name}' is learned from and is also what the run is evaluated on; a figure from it would be too good. Use another split.`,
      );
  }
}
