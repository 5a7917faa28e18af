/** Models as pure functions over trees of parameters: `{init, apply}`. */
import '../entry.js';

export { type LinearOptions, type LinearParams, linear } from './linear.js';
export { type MlpOptions, type MlpParams, mlp } from './mlp.js';
export { type InitOptions, type Model, countParameters } from './model.js';
