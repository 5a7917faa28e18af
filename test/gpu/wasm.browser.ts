/** The wasm backend in a browser, where compiled functions are synchronous as in Node. */
import { describe, expect, it } from 'vitest';
import { type Tensor, compile, sum, tensor } from '../../engine/index.js';
import { adam, training } from '../../optimizers/index.js';
import { itAgrees } from '../compile/everyPrimitive.js';
import { relativeError } from '../compile/values.js';
import { batchesIn, loss, paramsIn } from '../optimizers/toy.js';

describe('every primitive compiled to WebAssembly in a browser agrees with float32 numbers, and so do its VJPs', () => {
  itAgrees(compile, {
    orders: 2,
    tolerance: 1.5e-6, // as in Node
    ran: ({ backend }) => {
      expect(backend).toBe('wasm');
    },
  });
});

it('training in a browser is that of the reference kernels', () => {
  const trained = (backend: 'wasm' | 'cpu'): unknown => {
    const run = training(adam(), loss, { compile: backend }).start(paramsIn('float32'), { lr: 0.1 });
    run.epoch(batchesIn('float32', 0, 24));
    return run.params;
  };
  expect(relativeError(trained('wasm'), trained('cpu'))).toBeLessThan(1e-5);
});

it('errors name the place in the page', () => {
  const captured = tensor([1]);
  expect(() => compile((x: Tensor) => sum(x.mul(captured)))(tensor([2]))).toThrow(/wasm\.browser\.ts/);
});
