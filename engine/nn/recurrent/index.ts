/** Recurrent layers as functions of a sequence and its weights. The package exports them beside the operations. */
export * from './gru.js';
export * from './lstm.js';
export * from './rnn.js';
export type { RecurrentWeights } from './sequence.js';
