import '../methods.js';

export { type LinearParams, linear } from './linear.js';
export { type MlpOptions, type MlpParams, mlp } from './mlp.js';
export { type Model, countParameters } from './model.js';
