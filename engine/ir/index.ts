/** The language between plans and backends: kernels, scalar expressions, and plans of them: the types. */
export type * from './expression.js';
export type * from './kernel.js';
export type * from './plan.js';
