export * from './create.js';
export * from './elementwise.js';
export * from './indexing.js';
export * from './linear.js';
export * from './losses.js';
export * from './movement.js';
export * from './random.js';
export * from './reduce.js';
