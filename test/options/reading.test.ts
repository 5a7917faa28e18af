import { describe, expect, it } from 'vitest';
import { nearest } from '../../engine/core/nearest.js';
import { isAxis, isBoolean, isOneOf, isPlainObject, readOptions } from '../../engine/core/options.js';

const kinds = { dim: isAxis, keepdim: isBoolean, reduction: isOneOf('mean', 'sum') };
const read = (options: unknown) => readOptions('sum', options, kinds, { positional: 'dim' });

describe('options', () => {
  it('are what was given, checked', () => {
    expect(read({ dim: 1 })).toEqual({ dim: 1 });
    expect(read(undefined)).toEqual({});
    expect(read({ dim: undefined })).toEqual({ dim: undefined });
    expect(read(-1)).toEqual({ dim: -1 });
    expect(read(Object.assign(Object.create(null), { dim: 0 }))).toEqual({ dim: 0 });
  });

  it('of unknown names are refused with the nearest known one', () => {
    expect(() => read({ axis: 0 })).toThrow(
      "sum: there is no option 'axis'. Did you mean 'dim'? The options are",
    );
    expect(() => read({ keep_dim: true })).toThrow("Did you mean 'keepdim'?");
    expect(() => read({ constructor: 1 })).toThrow("there is no option 'constructor'. The options are");
  });

  it('of the wrong kind are refused with what they take', () => {
    expect(() => read({ dim: 0.5 })).toThrow('sum: dim must be an axis, an integer; got the number 0.5.');
    expect(() => read({ keepdim: 1 })).toThrow('keepdim must be true or false; got the number 1.');
    expect(() => read({ reduction: 'summ' })).toThrow("reduction must be 'mean' or 'sum'; got 'summ'.");
    expect(() => read({ dim: null })).toThrow('dim must be an axis, an integer; got null.');
  });

  it('that are no plain object are refused', () => {
    for (const wrong of [null, 'dim', true, [0], new Map(), () => 0, Symbol('dim'), 1n])
      expect(() => read(wrong)).toThrow('sum: options are an object, as in {dim: ...}; got');
  });

  it('that belong elsewhere are refused with where', () => {
    const elsewhere = { lr: 'Hyper-parameters go to the trainer.' };
    expect(() => readOptions('sgd', { lr: 1 }, {}, { elsewhere })).toThrow(
      "sgd: there is no option 'lr'. Hyper-parameters go to the trainer.",
    );
  });
});

describe('the nearest name', () => {
  it.each([
    ['amsGrad', ['amsgrad', 'eps'], 'amsgrad'],
    ['num_samples', ['numSamples', 'seed'], 'numSamples'],
    ['strdie', ['stride', 'padding'], 'stride'],
    ['type', ['dtype'], 'dtype'],
    ['learning_rate', ['lr', 'momentum'], 'lr'],
    ['x', ['lr', 'momentum'], undefined],
    ['colour', ['lr', 'momentum'], undefined],
  ] as const)('to %s among %j is %s', (name, known, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });
});

describe('a plain object', () => {
  it('is one of any realm, but no array or instance', async () => {
    const { runInNewContext } = await import('node:vm');
    expect([{}, Object.create(null), runInNewContext('({})')].map(isPlainObject)).toEqual([true, true, true]);
    expect([[], new Map(), new Date(), null, 'x'].map(isPlainObject)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
