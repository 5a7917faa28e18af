import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  cast,
  compile,
  fromTypedArray,
  mean,
  mul,
  repeat,
  square,
  sub,
  sum,
  tensor,
} from '../../engine/index.js';
import { compileStepper } from '../../engine/plan/run/loop.js';
import { adam, trainer, training } from '../../optimizers/index.js';

const one = tensor(1);

/** What each of some calls returns, or that it throws. */
function outcomes(count: number, call: (i: number) => number): (number | 'throws')[] {
  return Array.from({ length: count }, (_, i) => {
    try {
      return call(i + 1);
    } catch (error) {
      expect(String(error)).toMatch(/is not what was compiled/);
      return 'throws';
    }
  });
}

describe('a function that is found to be another one than was compiled', () => {
  it.each(['cpu', 'wasm', 'auto'] as const)('is traced anew by the calls behind that, on %s', (backend) => {
    let k = 1;
    const f = compile((x: Tensor) => mul(x, k), { backend });
    const seen = outcomes(9, (i) => {
      if (i === 3) k = 10;
      return f(one).item();
    });
    expect(seen).toEqual([1, 1, 1, 'throws', 10, 10, 10, 10, 10]);
    expect(f.plans).toHaveLength(1);
  });

  it('is found anew each time that it changes', () => {
    let k = 1;
    const f = compile((x: Tensor) => mul(x, k));
    expect(outcomes(8, () => f(one.add(k++)).item()).filter((each) => each === 'throws')).toHaveLength(4);
  });

  it.each<[string, (changed: () => boolean) => (x: Tensor) => Tensor]>([
    ['a number in a tensor', (changed) => (x) => mul(x, tensor(changed() ? 10 : 1))],
    ['an operation', (changed) => (x) => (changed() ? add(x, 9) : mul(x, 1))],
    ['how many operations', (changed) => (x) => (changed() ? mul(mul(x, 2), 5) : x)],
    ['a dtype', (changed) => (x) => cast(mul(x, changed() ? 10 : 1), changed() ? 'float64' : 'float32')],
  ])('never answers from its old plan: %s', (_, make) => {
    let changed = false;
    const f = compile(make(() => changed));
    const seen = outcomes(9, (i) => {
      if (i === 3) changed = true;
      return f(one).item();
    });
    expect(seen.slice(3)).toEqual(['throws', 10, 10, 10, 10, 10]);
  });

  it('never answers from its old plan: numbers of an array', () => {
    const numbers = Float32Array.of(1);
    const f = compile((x: Tensor) => mul(x, fromTypedArray(numbers.slice())));
    const seen = outcomes(6, (i) => {
      if (i === 3) numbers[0] = 10;
      return f(tensor([1])).item();
    });
    expect(seen.slice(3)).toEqual(['throws', 10, 10]);
  });

  it('never answers from its old plan where it throws itself when it is traced again', () => {
    let isBroken = false;
    const f = compile((x: Tensor) => {
      if (isBroken) throw new Error('broken');
      return mul(x, 2);
    });
    f(one);
    isBroken = true;
    for (let call = 2; call < 6; call++) expect(() => f(one)).toThrow('broken');
    isBroken = false;
    expect(f(one).item()).toBe(2);
  });

  it('loses the plans for other arguments as well', () => {
    let k = 1;
    const f = compile((x: Tensor) => sum(mul(x, k)));
    const [short, long] = [tensor([1]), tensor([1, 1])];
    f(long);
    f(long);
    f(short);
    k = 10;
    expect(() => f(short)).toThrow(/at call 2 .*1 is now 10/);
    expect(f(long).item()).toBe(20);
    expect(f(short).item()).toBe(10);
  });

  it('has other functions compared at their next call', () => {
    let k = 1;
    const inner = compile((x: Tensor) => mul(x, k));
    const outer = compile((x: Tensor) => add(inner(x), inner(x)));
    for (let call = 1; call <= 4; call++) outer(one);
    inner(one);
    k = 10;
    expect(() => inner(one)).toThrow(/1 is now 10/);
    expect(() => outer(one)).toThrow(/at call 5 .*1 is now 10/);
    expect(outer(one).item()).toBe(20);
  });

  it('lets results of the old plan be read, and be donated', () => {
    let k = 1;
    const f = compile((w: Tensor) => mul(w, k), { donate: [0] });
    const w = f(fromTypedArray(new Float32Array(40).fill(3)));
    k = 10;
    expect(() => f(w)).toThrow(/1 is now 10/);
    expect(w.toTypedArray()[0]).toBe(3);
    const after = f(f(w));
    expect([w, after].map((each) => each.toTypedArray()[39])).toEqual([3, 300]);
  });
});

describe('a loop whose step is found to be another one', () => {
  it('repeat: goes on from what it carried', () => {
    let k = 1;
    const run = repeat(2, (carry: Tensor, x: Tensor) => [add(carry, mul(x, k)), carry] as const);
    const items = tensor([1, 2]);
    let carry = tensor(0);
    const seen = outcomes(6, (i) => {
      if (i === 3) k = 10;
      [carry] = run(carry, items);
      return carry.item();
    });
    expect(seen).toEqual([3, 6, 9, 'throws', 39, 69]);
  });

  it('a stepper: goes on from what it carried, in turns with others', () => {
    let k = 1;
    const compiled = compileStepper(
      (carry: Tensor, x: Tensor) => [add(carry, mul(x, k)), sum(carry)] as const,
    );
    const loops = [compiled.start(tensor(0)), compiled.start(tensor(100))];
    const seen = outcomes(8, (i) => {
      if (i === 3) k = 10;
      loops[i % 2].step(one);
      return loops[i % 2].carry.item();
    });
    expect(seen).toEqual([101, 1, 102, 'throws', 112, 11, 122, 21]);
    expect(compiled.plans).toHaveLength(1);
  });

  it('a compiled training: keeps parameters, state and count of updates', () => {
    let k = 1;
    const loss = ({ w }: { w: Tensor }, x: Tensor): Tensor => mean(square(sub(mul(w, k), x)));
    const start = (): { w: Tensor } => ({ w: fromTypedArray(new Float32Array(40).fill(0.5)) });
    const compiled = training(adam(), loss, { compile: 'cpu' }).start(start(), { lr: 0.1 });
    const plain = trainer(adam(), start(), { lr: 0.1 });
    const x = tensor([1]);
    const steps = (count: number): void => {
      for (let step = 0; step < count; step++) {
        const expected = plain.step((p) => loss(p, x));
        expect(compiled.step(x).loss.item()).toBe(expected.loss.item());
      }
    };
    steps(3);
    k = 2;
    expect(() => compiled.step(x)).toThrow(/at call 4 .*1 is now 2/);
    expect(compiled.steps).toBe(3);
    steps(5);
    expect(compiled.params.w.toArray()).toEqual(plain.params.w.toArray());
    expect(compiled.steps).toBe(8);
  });
});
