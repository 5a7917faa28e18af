/** Operations that depend on the order of elements along an axis: by size, and by position. */
export * from './cumulative.js';
export * from './sort.js';
