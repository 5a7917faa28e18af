/** `auto` with a device: whoever is chosen, calls compute what they compute on wasm. */
import { describe, expect, it } from 'vitest';
import type { GpuMode } from '../../engine/backends/gpu/lower/program.js';
import {
  type BackendName,
  type BackendOptions,
  Generator,
  type Tensor,
  add,
  compile,
  log,
  matmul,
  mul,
  normal,
  repeat,
  sum,
  tanh,
  tensor,
} from '../../engine/index.js';
import { compileStepper } from '../../engine/plan/run/loop.js';
import { relativeError } from '../compile/values.js';

const random = new Generator(5);
const draw = (...shape: number[]): Tensor => normal(random, shape);

const step = (w: Tensor, x: Tensor): readonly [Tensor, Tensor] => {
  const y = tanh(matmul(w, x));
  return [add(mul(w, 0.9), mul(y, 0.1)), sum(mul(y, y))];
};

/** @param expected Who must be chosen; undefined where that is left to the machine. */
export function describeAuto(mode: GpuMode, expected?: BackendName): void {
  const options = { backend: 'auto', mode } as const;

  describe(`auto with ${mode}`, () => {
    it('records what it measured, and takes the faster', () => {
      const f = compile(step, options);
      const args = [draw(8, 8), draw(8, 8)] as const;
      expect(relativeError(f(...args), compile(step)(...args))).toBeLessThan(1e-5);
      const [{ backend, gpu, choice }] = f.plans;
      const { wasm, gpu: device } = choice!.milliseconds;
      expect(backend).toBe(wasm! <= device! ? 'wasm' : 'gpu');
      if (expected !== undefined) expect(backend).toBe(expected);
      expect(gpu?.device.mode).toBe(backend === 'gpu' ? mode : undefined);
      expect(choice!.reason).toMatch(new RegExp(`^wasm [\\d.e-]+ ms, gpu \\(${mode}, .*\\) [\\d.e-]+ ms$`));
      expect(f.plans[0].toString()).toContain(`(auto: ${choice!.reason})`);
    });

    it('leaves what is donated at one step a call', () => {
      const start = draw(8, 8);
      const items = Array.from({ length: 4 }, () => draw(8, 8));
      const [f, g] = [options, {}].map((which: BackendOptions) => compile(step, { ...which, donate: [0] }));
      let [ours, theirs] = [mul(start, 1), mul(start, 1)];
      for (const x of items) {
        const [after, loss] = f(ours, x);
        const [wanted, wantedLoss] = g(theirs, x);
        expect(relativeError(loss, wantedLoss)).toBeLessThan(1e-5);
        [ours, theirs] = [after, wanted];
      }
      expect(relativeError(ours, theirs)).toBeLessThan(1e-5);
      if (expected !== undefined) expect(f.plans[0].backend).toBe(expected);
    });

    it('repeats a step as often as it says', () => {
      const [start, items] = [draw(8, 8), draw(70, 8, 8)];
      const run = repeat(70, step, options);
      for (let call = 0; call < 2; call++)
        expect(relativeError(run(start, items), repeat(70, step)(start, items))).toBeLessThan(1e-4);
    });

    it('keeps what a loop carries', () => {
      const [start, items] = [draw(8, 8), Array.from({ length: 4 }, () => draw(8, 8))];
      const [ours, theirs] = [compileStepper(step, options), compileStepper(step)];
      const [a, b] = [ours.start(start), theirs.start(start)];
      // Which takes turns with the other in the memory of one plan.
      const other = ours.start(mul(start, 2));
      for (const x of items) {
        expect(relativeError(a.step(x), b.step(x))).toBeLessThan(1e-5);
        other.step(x);
        expect(relativeError(a.carry, b.carry)).toBeLessThan(1e-5);
      }
      if (expected !== undefined) expect(ours.plans[0].backend).toBe(expected);
    });

    it('runs on wasm what the device refuses, and says why', () => {
      const f = compile((x: Tensor) => log(x), options);
      expect(f(tensor([1, 0])).toArray()).toEqual([0, -Infinity]);
      expect(f.plans[0].backend).toBe('wasm');
      expect(f.plans[0].choice?.reason).toMatch(/^wasm [\d.e-]+ ms; gpu: result 0 has /);
    });

    it('tells its choices, and runs float64 on wasm', () => {
      const told: string[] = [];
      const double = compile((x: Tensor) => mul(x, 2), { ...options, onChoice: (plan) => told.push(plan) });
      double(tensor([1, 2]));
      double(tensor([1, 2], { dtype: 'float64' }));
      expect(double.plans.map(({ choice }) => choice === undefined)).toEqual([false, false]);
      expect(double.plans[1].backend).toBe('wasm');
      expect(told).toEqual(['compile(f)', 'compile(f)']);
    });
  });
}
