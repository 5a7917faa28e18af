/**
 * The functions of users, composed of primitives. A file for each family, so that the folder reads like a table of contents;
 * axes, elementsAlong and windows read the options that several families share.
 */
export * from './conv.js';
export * from './create.js';
export * from './elementwise.js';
export * from './indexing.js';
export * from './linear.js';
export * from './losses.js';
export * from './lstm.js';
export * from './movement.js';
export * from './norm.js';
export * from './pool.js';
export * from './random.js';
export * from './reduce.js';
