import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  fromTypedArray,
  grad,
  leavesOf,
  mapTree,
  mul,
  zipTrees,
} from '../../engine/index.js';
import type { MlpParams } from '../../engine/nn/index.js';
import { type Progress, trainer, unroll } from '../../optimizers/index.js';
import { type Case, cases } from './cases.js';
import { near, numbers, slope } from './numbers.js';
import { type Batch, batchesIn, deadWeights, float64, loss, paramsIn } from './toy.js';

type Hyper = Readonly<Record<string, Tensor>>;
type At = { readonly hyper: Hyper; readonly params: MlpParams };

const structure = (tree: unknown): string[] =>
  leavesOf(tree).map(({ path, tensor }) => `${path}: ${tensor.dtype}[${tensor.shape.join()}]`);

const tensors = (hyper: Readonly<Record<string, number>>): Hyper =>
  Object.fromEntries(Object.entries(hyper).map(([name, value]) => [name, float64(value)]));

const train = ({ rule, hyper }: Case, dtype: 'float32' | 'float64', from: number, count: number) => {
  const training = trainer(rule, paramsIn(dtype), hyper);
  const steps = batchesIn(dtype, from, count).map((batch) => training.step((p) => loss(p, batch)));
  return { training, steps };
};

/** Where meta-gradients are taken: at the beginning, and after some updates, when moments and counts are not zero. */
function beginnings(each: Case): readonly Progress<MlpParams>[] {
  const params = paramsIn('float64');
  const { training } = train(each, 'float64', 12, 7);
  return [
    { params, state: each.rule.init(params), steps: 0 },
    { params: training.params, state: training.state, steps: training.steps },
  ];
}

/** The loss on another batch after training through some, as a function of what it depends on. */
const judged =
  ({ rule, result = ({ params }) => params }: Case, from: Progress<MlpParams>, batches: readonly Batch[]) =>
  ({ hyper, params }: At): Tensor =>
    loss(result(unroll(rule, loss, { ...from, params, hyper, batches })), batchesIn('float64', 20, 1)[0]);

const gradientOf = ({ rule, hyper }: Case, f: (at: At) => Tensor, params: MlpParams): At =>
  grad(f, { allowZero: rule.flatIn.map((name) => `hyper.${name}`) })({ hyper: tensors(hyper), params });

const every = cases('float64').map((each) => [each.rule.name, each] as const);

describe.each(every)('%s', (_, each) => {
  const { rule, hyper } = each;

  it.each([1, 3, 5])('has the meta-gradients that differences have, through %i steps', (steps) => {
    for (const from of steps === 3 ? beginnings(each) : beginnings(each).slice(0, 1)) {
      const f = judged(each, from, batchesIn('float64', 0, steps));
      const exact = gradientOf(each, f, from.params);
      const at = { hyper: tensors(hyper), params: from.params };
      for (const [name, value] of Object.entries(hyper)) {
        const shifted = (x: number): Tensor => f({ ...at, hyper: { ...at.hyper, [name]: float64(x) } });
        const estimate = slope((x) => shifted(x).item(), value, 1e-3 * value, exact.hyper[name].item());
        expect(exact.hyper[name].item(), `${name}: ${estimate}`).toSatisfy(near(estimate));
      }
      const direction = mapTree(from.params, ({ size, shape }) =>
        fromTypedArray(
          Float64Array.from({ length: size }, (__, i) => Math.cos(i + size)),
          shape,
        ),
      );
      const moved = (x: number): number =>
        f({ ...at, params: zipTrees(at.params, direction, (p, d) => add(p, mul(d, x))) }).item();
      const along = numbers(zipTrees(exact.params, direction, mul)).reduce((sum, x) => sum + x, 0);
      expect(along, 'initial parameters').toSatisfy(near(slope(moved, 0, 1e-4, along)));
    }
  });

  it('depends on every hyper-parameter but those it is flat in', () => {
    const gradients = beginnings(each).map((from) =>
      gradientOf(each, judged(each, from, batchesIn('float64', 0, 5)), from.params),
    );
    const reached = Object.keys(hyper).filter((name) =>
      gradients.some((gradient) => Math.abs(gradient.hyper[name].item()) > 1e-6),
    );
    expect(reached).toEqual(Object.keys(hyper).filter((name) => !rule.flatIn.includes(name)));
    expect(Object.keys(hyper).sort()).toEqual(Object.keys(rule.hyper).sort());
  });

  it('has finite meta-gradients where a coordinate never has a gradient, which stays where it is', () => {
    const undecayed = mapValues(hyper, (value, name) => (name.endsWith('weightDecay') ? 0 : value));
    const withoutEps = mapValues(undecayed, (value, name) => (name.endsWith('epsRoot') ? 0 : value));
    const from = { params: paramsIn('float64'), state: rule.init(paramsIn('float64')), steps: 0 };
    const batches = batchesIn('float64', 0, 5);
    const still = { ...each, hyper: withoutEps };
    const gradient = gradientOf(still, judged(still, from, batches), from.params);
    expect(numbers(gradient).filter((x) => !Number.isFinite(x))).toEqual([]);
    const { params } = unroll(rule, loss, { ...from, hyper: withoutEps, batches });
    expect(deadWeights(params)).toEqual(deadWeights(from.params));
  });

  it('shows a NaN of the gradient in the parameter, at the first update and later', () => {
    for (const steps of [0, 3]) {
      const { training } = train(each, 'float64', 0, steps);
      const grads = mapTree(training.params, (p) =>
        fromTypedArray(p.toTypedArray().fill(0.1).fill(NaN, 0, 1), p.shape),
      );
      training.apply(grads);
      for (const { path, tensor } of leavesOf(training.params))
        expect(tensor.toTypedArray()[0], path).toBeNaN();
    }
  });

  it('trains and unrolls to the same bits', () => {
    const { training, steps } = train(each, 'float64', 0, 5);
    const params = paramsIn('float64');
    const batches = batchesIn('float64', 0, 5);
    const unrolled = unroll(rule, loss, { params, hyper: tensors(hyper), batches });
    expect(numbers(unrolled.params)).toEqual(numbers(training.params));
    expect(numbers(unrolled.state)).toEqual(numbers(training.state));
    expect(numbers(unrolled.losses)).toEqual(numbers(steps.map((step) => step.loss)));
    expect(unrolled.steps).toBe(training.steps);
    expect(mapValues(unrolled.infos[4], numbers)).toEqual(mapValues(steps[4].info, numbers));
  });

  it('keeps the structure, shapes and dtype of its state, in float32 too, where it does the same', () => {
    const single = cases('float32').find((other) => other.rule.name === rule.name)!;
    const { training } = train(single, 'float32', 0, 5);
    const { training: double } = train(each, 'float64', 0, 5);
    expect(structure(training.state)).toEqual(structure(single.rule.init(paramsIn('float32'))));
    expect(structure(training.params)).toEqual(structure(paramsIn('float32')));
    const exact = numbers(double.params);
    const worst = Math.max(...numbers(training.params).map((x, i) => Math.abs(x - exact[i])));
    expect(worst).toBeLessThan(1e-5);
    expect(worst).toBeGreaterThan(0);
  });
});

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  f: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));
}
