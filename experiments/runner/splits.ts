import { type Dataset, type Split, divide } from '../../data/index.js';
import { UsageError } from '../../engine/index.js';
import type { Protocol } from '../studies/study.js';

/** Which part of the data does what. */
export interface Roles {
  readonly train: Split<'train'>;
  /** Decides between trials. */
  readonly tune: Split;
  /** Is reported. */
  readonly report: Split<'test'>;
}

/** The splits of a protocol. Only the protocol `seed` may tune on what it reports; anything else that would is refused. */
export function splitsFor(protocol: Protocol, data: Dataset<'train' | 'test'>): Roles {
  if (protocol === 'seed') return { train: data.train, tune: data.test, report: data.test };
  const parts = divide(data.train, { train: 0.8, metaVal: 0.1, tuneVal: 0.1 });
  const roles: Roles = { train: parts.train, tune: parts.tuneVal, report: data.test };
  refuseLeaks(roles);
  return roles;
}

/** Throws if a split that is reported is also trained or tuned on. */
export function refuseLeaks({ train, tune, report }: Roles): void {
  for (const [use, split] of [
    ['trained', train],
    ['tuned', tune],
  ] as const) {
    if (split.x.value === report.x.value || split.name === report.name)
      throw new UsageError(
        `splits: '${split.name}' is ${use} on and also reported; a figure from it would be too good. Use another split, ` +
          "or the protocol 'seed', which says so by its name.",
      );
  }
}
