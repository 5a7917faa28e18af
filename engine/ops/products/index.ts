/** Sums of products beside matmul. */
export * from './einsum.js';
export * from './products.js';
