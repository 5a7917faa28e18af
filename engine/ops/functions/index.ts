/** Elementwise functions beyond arithmetic, a file for each family. */
export * from './activations.js';
export * from './clamp.js';
export * from './comparison.js';
export * from './exponential.js';
export * from './plane.js';
export * from './rounding.js';
export * from './trigonometric.js';
