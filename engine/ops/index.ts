/**
 * The functions of users, composed of primitives. A file or a room for each family, so that the folder reads like a table of
 * contents; axes and elementsAlong read the options that several families share.
 */
export * from './arrange/index.js';
export * from './attention.js';
export * from './create.js';
export * from './elementwise.js';
export * from './functions/index.js';
export * from './indexing.js';
export * from './linalg.js';
export * from './linear.js';
export * from './losses/index.js';
export * from './maskedSoftmax.js';
export * from './movement.js';
export * from './norms/index.js';
export * from './order/index.js';
export * from './products/index.js';
export * from './random.js';
export * from './reduce.js';
export * from './reductions/spread.js';
export * from './windows/index.js';
