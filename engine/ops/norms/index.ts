/** Normalizations: by mean and variance of batches, layers and groups, and to length 1. */
export * from './batchNorm.js';
export * from './groupNorm.js';
export * from './layerNorm.js';
export type { NormOptions } from './standardize.js';
export * from './unit.js';
