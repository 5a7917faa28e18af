import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Generator } from '../../engine/random/generator.js';
import {
  type LstmWeights,
  ShapeError,
  type Tensor,
  abs,
  amax,
  cat,
  compile,
  flip,
  fromTypedArray,
  grad,
  gru,
  lstm,
  lstmSequence,
  normal,
  rnn,
  slice,
  square,
  squeeze,
  sub,
  sum,
  zeros,
} from '../../engine/index.js';
import { stepsOf } from '../../engine/ir/plan.js';
import { relativeError } from '../compile/values.js';

const generator = new Generator(4);
const random = (...shape: number[]): Tensor => normal(generator, shape, { dtype: 'float64' });
const distance = (a: Tensor, b: Tensor): number => {
  expect(a.shape).toEqual(b.shape);
  return amax(abs(sub(a, b))).item();
};
const weights = (size: number, hidden: number): LstmWeights => ({
  wi: random(4 * hidden, size),
  wh: random(4 * hidden, hidden),
  bi: random(4 * hidden),
  bh: random(4 * hidden),
});

describe('lstm', () => {
  it('is both directions of a bidirectional torch.nn.LSTM with an initial state', () => {
    const saved = JSON.parse(
      readFileSync(new URL('../fixtures/ops/lstm.json', import.meta.url), 'utf8'),
    ) as Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;
    const read = (name: string): Tensor =>
      fromTypedArray(Float64Array.from(saved[name].data), saved[name].shape);
    const direction = (name: string, d: number): Tensor =>
      squeeze(slice(read(name), { dim: 0, start: d, end: d + 1 }), 0);
    const run = (suffix: string, d: number): ReturnType<typeof lstm> =>
      lstm(
        read('x'),
        {
          wi: read(`weight_ih_l0${suffix}`),
          wh: read(`weight_hh_l0${suffix}`),
          bi: read(`bias_ih_l0${suffix}`),
          bh: read(`bias_hh_l0${suffix}`),
        },
        { initial: { h: direction('h', d), c: direction('c', d) }, reverse: d === 1 },
      );
    const [forward, backward] = [run('', 0), run('_reverse', 1)];
    expect(distance(cat([forward.output, backward.output], { dim: 2 }), read('output'))).toBeLessThan(1e-14);
    [forward, backward].forEach(({ final }, d) => {
      expect(distance(final.h, direction('last_h', d))).toBeLessThan(1e-14);
      expect(distance(final.c, direction('last_c', d))).toBeLessThan(1e-14);
    });
  });

  it('continues from its final state as if it had never stopped', () => {
    const [x, parameters] = [random(7, 2, 3), weights(3, 4)];
    const whole = lstm(x, parameters);
    const first = lstm(slice(x, { end: 3 }), parameters);
    const second = lstm(slice(x, { start: 3 }), parameters, { initial: first.final });
    expect(distance(cat([first.output, second.output]), whole.output)).toBeLessThan(1e-15);
    expect(distance(second.final.c, whole.final.c)).toBeLessThan(1e-15);
    expect(distance(slice(whole.output, { start: -1 }), whole.final.h.unsqueeze(0))).toBe(0);
  });

  it('run in reverse is the sequence turned round, and its outputs turned back', () => {
    const [x, parameters] = [random(5, 2, 3), weights(3, 4)];
    const turned = lstm(flip(x, 0), parameters);
    const reversed = lstm(x, parameters, { reverse: true });
    expect(distance(flip(turned.output, 0), reversed.output)).toBe(0);
    expect(distance(turned.final.c, reversed.final.c)).toBe(0);
  });

  it('carries gradients to its initial state and through every step', () => {
    const [x, parameters] = [random(6, 2, 3), weights(3, 4)];
    const state = { h: random(2, 4), c: random(2, 4) };
    const last = (initial: typeof state, input: Tensor): Tensor =>
      sum(lstm(input, parameters, { initial }).final.h);
    const gradient = grad(last)(state, x);
    expect(amax(abs(gradient.c)).item()).toBeGreaterThan(1e-8);
    const byInput = grad((input: Tensor) => last(state, input))(x);
    for (let t = 0; t < 6; t++)
      expect(amax(abs(slice(byInput, { start: t, end: t + 1 }))).item()).toBeGreaterThan(1e-8);
  });

  it('gives the outputs alone as lstmSequence, in the dtype of its input', () => {
    const { wi, wh, bi, bh } = weights(3, 4);
    const x = random(1, 2, 3);
    expect(distance(lstmSequence(x, wi, wh, bi, bh), lstm(x, { wi, wh, bi, bh }).output)).toBe(0);
    const [half, small] = [zeros([2, 1, 3]), zeros([16, 4])];
    expect(lstmSequence(half, zeros([16, 3]), small, zeros([16]), zeros([16])).dtype).toBe('float32');
  });

  it('is a loop of the plan, whatever the length of the sequence, its gradient too', () => {
    const planOf = (time: number): readonly [steps: number, equations: number] => {
      const [x, w] = [random(time, 2, 3), weights(3, 4)];
      const f = compile(grad((v: LstmWeights, at: Tensor) => sum(square(lstm(at, v).output))));
      expect(
        relativeError(f(w, x), grad((v: LstmWeights) => sum(square(lstm(x, v).output)))(w)),
      ).toBeLessThan(1e-12);
      return [stepsOf(f.plans[0].steps).length, f.plans[0].plan.equations.length];
    };
    expect(planOf(40)).toEqual(planOf(4));
    expect(planOf(4)[0]).toBeLessThan(100);
  });

  it('says what does not fit', () => {
    const good = weights(3, 4);
    const x = random(5, 2, 3);
    const using = (changed: Partial<LstmWeights>) => () => lstm(x, { ...good, ...changed });
    expect(() => lstm(random(5, 3), good)).toThrow(ShapeError);
    expect(() => lstm(zeros([0, 2, 3]), good)).toThrow(/at least one step, got \[0,2,3\]/);
    expect(using({ wi: random(16, 5) })).toThrow(
      /with x \[5,2,3\] and wh \[16,4\], wi must be \[16,3\], got \[16,5\]/,
    );
    expect(using({ wh: random(12, 4) })).toThrow(/wh must be \[16,4\], got \[12,4\]/);
    expect(using({ wh: random(16) })).toThrow('lstm: wh must be [4*hidden,hidden], got [16].');
    expect(using({ bh: random(4) })).toThrow(/bh must be \[16\]/);
    expect(() => lstm(x, good, { initial: { h: random(2, 4), c: random(1, 4) } })).toThrow(
      /initial.c must be \[2,4\], got \[1,4\]/,
    );
  });
});

describe.each([
  ['gru', gru, 3],
  ['rnn', rnn, 1],
] as const)('%s', (name, layer, gates) => {
  const parameters = {
    wi: random(4 * gates, 3),
    wh: random(4 * gates, 4),
    bi: random(4 * gates),
    bh: random(4 * gates),
  };

  it('continues from its final state, in either direction', () => {
    const x = random(5, 2, 3);
    for (const reverse of [false, true]) {
      const whole = layer(x, parameters, { reverse });
      const parts = [slice(x, { end: 2 }), slice(x, { start: 2 })];
      if (reverse) parts.reverse();
      const first = layer(parts[0], parameters, { reverse });
      const second = layer(parts[1], parameters, { initial: first.final, reverse });
      const outputs = [first.output, second.output];
      if (reverse) outputs.reverse();
      expect(distance(cat(outputs), whole.output)).toBeLessThan(1e-15);
      expect(distance(second.final, whole.final)).toBeLessThan(1e-15);
    }
  });

  it('says what does not fit', () => {
    const x = random(5, 2, 3);
    const rows = gates === 1 ? '' : `${gates}*`;
    expect(() => layer(x, { ...parameters, wh: random(4) })).toThrow(
      `${name}: wh must be [${rows}hidden,hidden], got [4].`,
    );
    expect(() => layer(x, parameters, { initial: random(2, 3) })).toThrow('initial must be [2,4], got [2,3]');
    expect(() => layer(x, {} as never)).toThrow(
      `${name}: takes the weights as an object of the tensors wi, wh, bi, bh`,
    );
  });
});
