import { type Dataset, type Split, divide, makeSplit } from '../../data/index.js';
import { UsageError } from '../../engine/index.js';
import { refuseLeak } from '../../optimizers/index.js';
import type { ArmConfig, Protocol } from '../studies/config.js';
import type { Splits } from '../studies/study.js';

/** What a training run is for: to choose parameters, or to be reported. */
export type Phase = 'tune' | 'final';

/**
 * The splits of a protocol, for an arm and a phase. Only the protocol `seed` may learn from or tune on what it reports;
 * anything else that would is refused.
 */
export function splitsFor(
  protocol: Protocol,
  data: Dataset<'train' | 'test'>,
  trainsOn: ArmConfig['trainsOn'],
  phase: Phase,
): Splits {
  if (protocol === 'seed') return { train: data.train, metaVal: data.test, judge: data.test };
  const { train, metaVal, tuneVal } = divide(data.train, { train: 0.8, metaVal: 0.1, tuneVal: 0.1 });
  const splits: Splits = {
    train: trainsOn === 'train' ? train : withMetaVal(data.train),
    metaVal,
    judge: phase === 'tune' ? tuneVal : data.test,
  };
  refuseLeaks(splits, data.test);
  return splits;
}

/** Training rows and those that meta-learners learn from, which lie behind one another. */
function withMetaVal(published: Split<'train'>): Split<'train'> {
  const { train } = divide(published, { train: 0.9, tuneVal: 0.1 });
  return makeSplit('train', train.x, train.y);
}

/** Throws if a split that is reported is also trained or meta-trained on, or if one decides between trials and is reported. */
export function refuseLeaks({ train, metaVal, judge }: Splits, reported: Split<'test'>): void {
  for (const [use, split] of [
    ['train', train],
    ['metaVal', metaVal],
  ] as const) {
    refuseLeak('run', use, { split }, reported, {});
    if (split.name === judge.name)
      throw new UsageError(
        `run: '${split.name}' is learned from and also judges; a figure from it would be too good. Use another split.`,
      );
  }
}
