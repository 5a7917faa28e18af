/** A search space that cannot be searched: an inverted range, a log range at or below zero, a changed distribution. */
export class SearchSpaceError extends Error {
  override readonly name = 'SearchSpaceError';
}

/** Thrown by an objective whose work is interrupted: its trial failed, and is repeated when the study goes on. */
export class TrialInterrupted extends Error {
  override readonly name = 'TrialInterrupted';
  constructor(message = 'the trial was interrupted') {
    super(message);
  }
}

/** Thrown by an objective to end its trial as pruned; the trial's value is then its last reported one. */
export class TrialPruned extends Error {
  override readonly name = 'TrialPruned';
  constructor(message = 'the pruner asked for the end of this trial') {
    super(message);
  }
}
