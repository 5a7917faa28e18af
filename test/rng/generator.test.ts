import { describe, expect, it } from 'vitest';
import { withInterpreter } from '../../engine/core/dispatch.js';
import { FormatError, UsageError } from '../../engine/core/errors.js';
import { RandomState } from '../../engine/random/numpy.js';
import { Generator } from '../../engine/random/generator.js';
import { deriveSeed } from '../../engine/random/seed.js';
import { normal, uniform } from '../../engine/ops/random.js';

describe('Generator', () => {
  it('goes on from a saved state, also in the middle of a pair of normals', () => {
    const generator = new Generator(5);
    generator.normal(3);
    generator.integers(700, 0, 9);
    const saved = JSON.stringify(generator.state());
    const expected = [generator.normal(2), generator.uniform(20), generator.permutation(9)];
    const restored = Generator.fromState(JSON.parse(saved) as ReturnType<Generator['state']>);
    expect([restored.normal(2), restored.uniform(20), restored.permutation(9)]).toEqual(expected);
    expect(restored.state()).toEqual(generator.state());
  });

  it('is not changed by what is done to a state', () => {
    const generator = new Generator(5);
    const state = generator.state();
    const copy = Generator.fromState(state);
    generator.uniform(1000);
    expect(copy.state()).toEqual(state);
  });

  it.each([
    ['key', { key: [1, 2], position: 0, nextNormal: null }],
    ['word 3', { ...new Generator(0).state(), key: new Array<number>(624).fill(0).with(3, -1) }],
    ['position', { ...new Generator(0).state(), position: 625 }],
    ['nextNormal', { ...new Generator(0).state(), nextNormal: NaN }],
  ])('refuses a state with a bad %s', (what, state) => {
    expect(() => Generator.fromState(state)).toThrow(FormatError);
    expect(() => Generator.fromState(state)).toThrow(what);
  });

  it('refuses a state with lists thousands of levels deep in the place of its numbers', () => {
    const deep = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as never;
    const state = new Generator(0).state();
    const wrong = [{ nextNormal: deep }, { position: deep }, { key: state.key.with(0, deep) }];
    for (const part of wrong)
      expect(() => Generator.fromState({ ...state, ...part })).toThrow(/ is an array of 1, (?:not|neither) /);
  });

  // PyTorch: torch.Generator().manual_seed(s), torch.rand(2, generator=g)
  it('uses the low 32 bits of a seed', () => {
    expect(new Generator(2 ** 40 + 7).uniform(2)).toEqual(new Generator(7).uniform(2));
    expect(new Generator(7).uniform(2)).toEqual(Float32Array.of(0.5349225401878357, 0.19880318641662598));
  });

  // PyTorch: torch.manual_seed(3), torch.empty((), dtype=torch.int64).random_() twice
  it('draws seeds as PyTorch does', () => {
    const generator = new Generator(3);
    expect([generator.int63(), generator.int63()]).toEqual([937055941807507096n, 3839649608876091011n]);
    const seed = Number(BigInt.asUintN(32, 937055941807507096n));
    expect(new Generator(3).spawn().state()).toEqual(new Generator(seed).state());
  });

  // PyTorch: torch.manual_seed(3), then randint(-2**31, 2**31, (3,)), randint(0, 2**31, (3,)), rand(1)
  it('draws integers over the whole range of int32', () => {
    const generator = new Generator(3);
    expect(generator.integers(3, -(2 ** 31), 2 ** 31)).toEqual(
      Int32Array.of(-1843722600, 1460070019, -1626381368),
    );
    expect(generator.integers(3, 0, 2 ** 31)).toEqual(Int32Array.of(46504192, 297689877, 1687694333));
    expect(generator.uniform(1)).toEqual(Float32Array.of(0.887856662273407));
  });

  // PyTorch: torch.manual_seed(11), then uniform_(-0.3, 0.3) of 6 float32 and of 4 float64. Rounding the product
  // too, as a processor without FMA does, gives other last digits to 3 and 4 of them.
  it('rounds low + u * (high - low) once', () => {
    const generator = new Generator(11);
    expect(Array.from(generator.uniform(6, { low: -0.3, high: 0.3 }))).toEqual([
      -0.21057498455047607, -0.008068121038377285, 0.2913969159126282, -0.19895915687084198,
      0.05036605894565582, 0.11615950614213943,
    ]);
    expect(Array.from(generator.uniform(4, { low: -0.3, high: 0.3, dtype: 'float64' }))).toEqual([
      0.09880769527901458, 0.046188670685335366, -0.2071786234723886, -0.1949392615297081,
    ]);
  });

  // PyTorch: the same, going on with normal_(0.5, 0.02) of 2 and the end of 17 float32.
  it('scales and moves normals', () => {
    const generator = new Generator(11);
    generator.uniform(6);
    generator.uniform(4, { dtype: 'float64' });
    const few = generator.normal(2, { mean: 0.5, std: 0.02 });
    const block = generator.normal(17, { mean: 0.5, std: 0.02 }).subarray(14);
    [0.524135410785675, 0.5280966758728027].forEach((value, i) => {
      expect(few[i]).toBe(value);
    });
    [0.4913973808288574, 0.5355966687202454, 0.5011457800865173].forEach((value, i) => {
      expect(Math.abs(block[i] - value)).toBeLessThanOrEqual(4 * 2 ** -24);
    });
  });

  // PyTorch: torch.manual_seed(1), then randn(15) and randn(16).
  it('draws 15 normals in pairs and 16 in a block', () => {
    const generator = new Generator(1);
    const few = generator.normal(15).subarray(0, 3);
    const block = generator.normal(16).subarray(0, 3);
    [0.6613521575927734, 0.266924113035202, 0.06167725846171379].forEach((value, i) => {
      expect(few[i]).toBe(value);
    });
    [1.8793457746505737, -0.07213178277015686, 0.15777060389518738].forEach((value, i) => {
      expect(Math.abs(block[i] - value)).toBeLessThanOrEqual(4 * 2 ** -23 * Math.abs(value));
    });
  });

  it.each([-1, 0.5, NaN, Infinity, 2 ** 53])('refuses %d as a seed', (seed) => {
    expect(() => new Generator(seed)).toThrow(UsageError);
    expect(() => new RandomState(seed)).toThrow(UsageError);
  });

  it('refuses what is not a range, a spread or a count', () => {
    const generator = new Generator(0);
    expect(() => generator.uniform(2, { low: 1, high: 0 })).toThrow('[1, 0) is not a range');
    expect(() => generator.normal(2, { std: -1 })).toThrow('std');
    expect(() => generator.integers(2, 3, 3)).toThrow('[3, 3)');
    expect(() => generator.integers(2, 0, 2 ** 31 + 1)).toThrow('int32');
    expect(() => generator.permutation(-1)).toThrow('not a number of draws');
    expect(() => generator.uniform(1.5)).toThrow('not a number of draws');
  });

  it('draws nothing during a trace', () => {
    const tracing = { evaluate: () => ({ variable: 0 }), evaluateMulti: () => [] };
    const generator = new Generator(0);
    const numpy = new RandomState(0);
    const draws: Record<string, () => unknown> = {
      'Generator.uniform': () => generator.uniform(1),
      'Generator.normal': () => generator.normal(1),
      'Generator.integers': () => generator.integers(1, 0, 2),
      'Generator.permutation': () => generator.permutation(2),
      'Generator.int63': () => generator.int63(),
      'Generator.spawn': () => generator.spawn(),
      'RandomState.rand': () => numpy.rand(1),
      'RandomState.randn': () => numpy.randn(1),
      'RandomState.choice': () => numpy.choice(2),
      'RandomState.randint': () => numpy.randint(0, 2, 1),
      'RandomState.permutation': () => numpy.permutation(2),
      'RandomState.shuffle': () => {
        numpy.shuffle([1, 2]);
      },
    };
    const before = generator.state();
    for (const [name, draw] of Object.entries(draws))
      expect(() => withInterpreter(tracing, draw), name).toThrow(`${name}: `);
    expect(generator.state()).toEqual(before);
  });
});

describe('RandomState', () => {
  // NumPy: RandomState(1), then shuffle of ['a'..'e'], randint(-2**31, 2**31, 2), randint(5, 6, 2), rand(1)
  it('shuffles in place and draws nothing where there is no choice', () => {
    const random = new RandomState(1);
    const letters = ['a', 'b', 'c', 'd', 'e'];
    random.shuffle(letters);
    expect(letters).toEqual(['c', 'b', 'e', 'a', 'd']);
    expect(random.randint(-(2 ** 31), 2 ** 31, 2)).toEqual(Int32Array.of(-1597193335, -848975157));
    expect(random.randint(5, 6, 2)).toEqual(Int32Array.of(5, 5));
    expect(random.rand(1)).toEqual(Float64Array.of(0.9990405153241447));
  });

  it('refuses what is not a range or a choice', () => {
    const random = new RandomState(0);
    expect(() => random.choice(0)).toThrow(UsageError);
    expect(() => random.randint(1, 1, 1)).toThrow(UsageError);
    expect(() => random.rand(-1)).toThrow(UsageError);
  });
});

describe('deriveSeed', () => {
  // By an implementation in Python that gives the published 0xba6bd213 for 'test' with seed 0.
  it('is MurmurHash3', () => {
    expect(deriveSeed()).toBe(0);
    expect(deriveSeed('aé')).toBe(2300649555);
    expect(deriveSeed('trial', 7)).toBe(4036263284);
  });

  it('tells apart what is different', () => {
    const seeds = [
      deriveSeed('a', 'b'),
      deriveSeed('ab'),
      deriveSeed('b', 'a'),
      deriveSeed('a', 'b', ''),
      deriveSeed(1),
      deriveSeed('1'),
      deriveSeed(1, 0),
      deriveSeed(0, 1),
      deriveSeed(0.5),
    ];
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(deriveSeed(-0)).toBe(deriveSeed(0));
    expect(() => deriveSeed('a', NaN)).toThrow(UsageError);
  });

  it('spreads neighbours over all bits', () => {
    const seeds = Array.from({ length: 4096 }, (_, i) => deriveSeed('study', i));
    expect(new Set(seeds).size).toBe(seeds.length);
    for (let bit = 0; bit < 32; bit++) {
      const ones = seeds.filter((seed) => (seed >>> bit) & 1).length;
      // Five standard deviations of a fair coin thrown 4096 times.
      expect(Math.abs(ones - 2048), `bit ${bit}`).toBeLessThan(160);
    }
  });
});

describe('random tensors', () => {
  it('hold the numbers that the generator draws', () => {
    const tensor = uniform(new Generator(1), [2, 3], { low: -1, high: 1 });
    expect(tensor.shape).toEqual([2, 3]);
    expect(tensor.toTypedArray()).toEqual(new Generator(1).uniform(6, { low: -1, high: 1 }));
    const doubles = normal(new Generator(1), [4, 5], { mean: 2, std: 0.5, dtype: 'float64' });
    expect(doubles.dtype).toBe('float64');
    expect(doubles.toTypedArray()).toEqual(
      new Generator(1).normal(20, { mean: 2, std: 0.5, dtype: 'float64' }),
    );
    expect(normal(new Generator(1), []).shape).toEqual([]);
    expect(() => uniform(new Generator(1), [-1])).toThrow('[-1] is not a shape');
  });
});
