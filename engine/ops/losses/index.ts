/** Losses: a file for each kind of target. `reduction` has the options and checks that they share. */
export * from './binary.js';
export * from './classes.js';
export * from './divergence.js';
export * from './elementwise.js';
export * from './gaussian.js';
export * from './ranking.js';
export type { LossOptions } from './reduction.js';
