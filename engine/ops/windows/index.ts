/**
 * Operations that read windows of the last axes: convolutions and their transposes, pools and interpolation. `windows`
 * reads the options that several share.
 */
export * from './adaptivePool.js';
export * from './avgPool.js';
export * from './conv.js';
export * from './convTranspose.js';
export * from './interpolate.js';
export * from './maxPool.js';
export type { PoolOptions } from './taps.js';
export type { PerAxis } from './windows.js';
