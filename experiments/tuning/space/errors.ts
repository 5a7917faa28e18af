/** Thrown for a space that cannot be searched: an inverted range, a log range at or below zero, a changed distribution. */
export class SearchSpaceError extends Error {
  override readonly name = 'SearchSpaceError';
}

/** Thrown by an objective that is interrupted: its trial fails, and is repeated when the study continues. */
export class TrialInterrupted extends Error {
  override readonly name = 'TrialInterrupted';
  constructor(message = 'the trial was interrupted') {
    super(message);
  }
}

/** Thrown by an objective to end its trial as pruned; the trial's value is then its last reported one. */
export class TrialPruned extends Error {
  override readonly name = 'TrialPruned';
  constructor(message = 'the pruner ended this trial') {
    super(message);
  }
}
