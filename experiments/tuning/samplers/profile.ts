/** The Optuna release whose TPE is reproduced: 3.1 (up to 4.8 only log densities differ), or 5.0. */
export type TpeProfile = '3.1' | '5.0';

/** The differences between the releases. */
export type TpeConventions = {
  /** Draw the parameters that all trials have together, from one mixture. */
  readonly multivariate: boolean;
  /** Count running trials as bad ones, so that parallel workers keep apart. */
  readonly constantLiar: boolean;
  /** The prior's centre counts as an observation for the kernel widths. */
  readonly priorIsNeighbour: boolean;
  /** Joint kernels have the width 0.2 n^(-1/(d+4)) of the range, instead of the gap to their neighbours. */
  readonly scottWidth: boolean;
  /** An integer of a log range has the mass of [x - 1/2, x + 1/2], instead of a density in log(x). */
  readonly discreteLogIntegers: boolean;
  /** Densities are divided by the kernel's width; 3.1 does not, which favours wide kernels. */
  readonly normalised: boolean;
  /** Joint draws take the categorical parameters first, instead of all in their order. */
  readonly categoricalsFirst: boolean;
  /** Joint parameters are ordered by name, instead of as the last trial has them. */
  readonly sortedNames: boolean;
};

export const conventions: Readonly<Record<TpeProfile, TpeConventions>> = {
  '3.1': {
    multivariate: false,
    constantLiar: false,
    priorIsNeighbour: true,
    scottWidth: true,
    discreteLogIntegers: false,
    normalised: false,
    categoricalsFirst: false,
    sortedNames: false,
  },
  '5.0': {
    multivariate: true,
    constantLiar: true,
    priorIsNeighbour: false,
    scottWidth: false,
    discreteLogIntegers: true,
    normalised: true,
    categoricalsFirst: true,
    sortedNames: true,
  },
};
