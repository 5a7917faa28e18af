/**
 * The operations that gradients are defined for. A file for each family whose gradients use one another; definition/ says what
 * each of them has to tell of itself, and products/ holds those that sum products.
 */
export { type MaybeBatched, applyBatched, withBatchAxis } from './applyBatched.js';
export type { BatchRule, BatchedCall } from './definition/batch.js';
export * from './boxes.js';
export * from './cast.js';
export * from './products/conv.js';
export * from './cuts.js';
export * from './elementwise.js';
export * from './indexing.js';
export * from './products/linalg.js';
export * from './products/matmul.js';
export * from './movement.js';
export * from './reduce.js';
export * from './sort.js';
export * from './source.js';
export { broadcastPrimitive, broadcastTo, sumReduce } from './sum.js';
export * from './where.js';
export * from './window.js';
export { type TensorLike } from './broadcast.js';
export { type Primitive, type Sample, type SampleInput, primitives } from './definition/primitive.js';
