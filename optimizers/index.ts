import '../engine/methods.js';

export { adam } from './adam.js';
export { type HyperParameter, free, positive, unit } from './hyper.js';
export {
  type Formula,
  type Hyper,
  type Rule,
  type State,
  type UpdateInput,
  applyRule,
  defineRule,
  hyperFor,
  perParameter,
} from './rule.js';
export { sgd } from './sgd.js';
export { type Progress, type Trainer, type TrainerOptions, trainer } from './trainer.js';
export { type UnrollInput, type Unrolled, unroll } from './unroll.js';
