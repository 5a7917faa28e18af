export * from './control.js';
export * from './elementwise.js';
export * from './indexing.js';
export * from './matmul.js';
export * from './movement.js';
export * from './reduce.js';
export * from './source.js';
export { type TensorLike } from './broadcast.js';
export { type Primitive, type Sample, type SampleInput, primitives } from './primitive.js';
