/**
 * The operations that gradients are defined for. A file for each family whose gradients use one another; `primitive` says
 * what a definition holds, identities and simplification are the simpler forms that elementwise ones have in plans.
 */
export { type MaybeBatched, applyBatched, withBatchAxis } from './applyBatched.js';
export type { BatchRule, BatchedCall } from './batch.js';
export * from './boxes.js';
export * from './cast.js';
export * from './conv.js';
export * from './cuts.js';
export * from './elementwise.js';
export * from './indexing.js';
export * from './linalg.js';
export * from './matmul.js';
export * from './movement.js';
export * from './reduce.js';
export * from './sort.js';
export * from './source.js';
export { broadcastPrimitive, broadcastTo, sumReduce } from './sum.js';
export * from './where.js';
export * from './window.js';
export { type TensorLike } from './broadcast.js';
export { type Primitive, type Sample, type SampleInput, primitives } from './primitive.js';
