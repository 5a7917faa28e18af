import {
  Generator,
  type Tensor,
  type TensorTree,
  compile,
  exp,
  grad,
  mul,
  sub,
  tensor,
  valueAndGrad,
  zipTrees,
} from '../../engine/index.js';
import { kernelsOf } from '../../engine/ir/control.js';
import { type LoweredPlan, stepsOf } from '../../engine/ir/plan.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import {
  type LearnedOptimizer,
  type MetaProgress,
  adam,
  dynamicAdam,
  gatedBlend,
  hypergradient,
  metaStep,
  sgd,
} from '../../optimizers/index.js';
import { type Environment, raceAgainst, timeRows } from '../environment.js';
import {
  type Batch,
  type Problem,
  type Size,
  encodeBatch,
  encodeTree,
  nameOf,
  problemOf,
  sumsOf,
} from '../problems.js';
import { local } from '../race.js';
import type { Row } from '../rows.js';
import { shareOfProducts, standardProduct } from './gemm.js';

/** A sigmoid's number from features, by one hidden layer. */
const gate = (inputs: number, hidden: number) => mlp({ sizes: [inputs, hidden, 1] });

interface Study {
  readonly name: string;
  readonly peer: string;
  readonly size: Size;
  readonly learned: LearnedOptimizer<TensorTree>;
  readonly metaLr: number;
  readonly update: 'before' | 'after';
}

const blendedSize = { sizes: [40, 256, 256, 10], batch: 128 };
const parameterCount = 40 * 256 + 256 + 256 * 256 + 256 + 256 * 10 + 10;

export const studies: readonly Study[] = [
  {
    name: 'hypergradient',
    peer: 'hypergradient',
    size: { sizes: [40, 100, 10], batch: 128 },
    learned: hypergradient(sgd(), 'log', { lr: 1e-3 }),
    metaLr: 1e-4,
    update: 'after',
  },
  {
    name: 'dynamicAdam',
    peer: 'dynamic_adam',
    size: { sizes: [40, 64, 64, 10], batch: 64 },
    learned: dynamicAdam({ model: gate(2, 16) }, { lr: 1e-3 }),
    metaLr: 1e-3,
    update: 'after',
  },
  {
    name: 'blended',
    peer: 'blended',
    size: blendedSize,
    learned: gatedBlend(
      { adam: adam(), sgd: sgd() },
      { model: gate(parameterCount, 32) },
      { 'adam.lr': 1e-3, 'sgd.lr': 1e-2, 'sgd.momentum': 0.9 },
    ),
    metaLr: 1e-3,
    update: 'before',
  },
];

type Progress = MetaProgress<MlpParams, TensorTree>;

/** One meta-step, compiled. The number of the step is part of what is compiled: every run is the first step. */
export function compiledMetaStep({ learned, metaLr, update }: Study, loss: Problem['loss']) {
  const problem = { learned, loss, metaRule: adam(), metaHyper: { lr: metaLr }, update } as const;
  return compile(
    (progress: Progress, train: Batch, metaVal: Batch) => {
      const { progress: after, metaLoss } = metaStep(problem, progress, { train: [train], metaVal });
      return { progress: after, metaLoss };
    },
    { donate: [0] },
  );
}

export function metaBeginning({ learned }: Study, params: MlpParams): Progress {
  const theta = learned.init(new Generator(2));
  const { rule } = learned.at(theta);
  return {
    params,
    state: rule.init(params),
    steps: 0,
    buffers: {},
    learned: { theta, state: adam().init(theta), steps: 0 },
  };
}

/** Online meta-learning as the studies do it, and the second-order gradient of a short unroll. */
export async function meta({ peers }: Environment): Promise<Row[]> {
  const rows: Row[] = [];
  for (const study of studies) {
    const { params, loss, batch, validation } = problemOf(study.size);
    const compiled = compiledMetaStep(study, loss);
    const start = metaBeginning(study, params);
    const first = compiled(start, batch, validation);
    const expected = [first.metaLoss.item(), ...sumsOf(first.progress.params)];
    let { progress } = first;
    const ours = local('metagrad', () => {
      const now = { ...progress, steps: 0, learned: { ...progress.learned, steps: 0 } };
      ({ progress } = compiled(now, batch, validation));
    });
    const given = {
      params: encodeTree(params),
      theta: encodeTree(start.learned.theta),
      batches: [batch, validation].map(encodeBatch),
      metaLr: study.metaLr,
    };
    const raced = await raceAgainst(peers, ours, { name: study.peer, given, expected });
    rows.push(...timeRows('meta', `${study.name}, ${nameOf(study.size)}`, raced));
  }
  for (const size of unrolledSizes) rows.push(...(await unrolledRows(size, peers)));
  return rows;
}

const unrolledSteps = 5;

export const unrolledSizes: readonly Size[] = [
  { sizes: [40, 16, 16, 10], batch: 16 },
  { sizes: [40, 128, 128, 10], batch: 128 },
];

/** The gradient of the loss after a few steps of SGD, with respect to the initial parameters and to log lr. */
export const compiledUnroll = (loss: Problem['loss']) =>
  compile((p: MlpParams, log: Tensor, train: Batch, metaVal: Batch) =>
    grad(([initial, logarithm]: readonly [MlpParams, Tensor]) => {
      let now = initial;
      const lr = exp(logarithm);
      for (let k = 0; k < unrolledSteps; k++) {
        const { grad: g } = valueAndGrad(loss)(now, train);
        now = zipTrees(now, g, (a, b) => sub(a, mul(lr, b)));
      }
      return loss(now, metaVal);
    })([p, log]),
  );

/** The floating-point operations of a plan's matrix products. */
const productFlops = (plan: LoweredPlan): number =>
  kernelsOf(stepsOf(plan)).reduce((sum, { spec, signature, inputs }) => {
    const elements = signature.shape.reduce((product, size) => product * size, 1);
    return spec.family === 'matmul' ? sum + 2 * elements * inputs[0].shape.at(-1)! : sum;
  }, 0);

/** The ceiling is the time that the plan's products alone would take at the rate of 128x256x256 in the same race. */
async function unrolledRows(size: Size, peers: Environment['peers']): Promise<Row[]> {
  const { params, loss, batch, validation } = problemOf(size);
  const logLr = tensor(Math.log(0.1));
  const compiled = compiledUnroll(loss);
  const expected = sumsOf(compiled(params, logLr, batch, validation));
  const ours = local('metagrad', () => void compiled(params, logLr, batch, validation));
  const given = {
    params: encodeTree(params),
    theta: encodeTree([logLr]),
    batches: [batch, validation].map(encodeBatch),
    steps: unrolledSteps,
  };
  const question = { name: 'unrolled', given, expected, tolerance: 1e-2 };
  const raced = await raceAgainst(peers, ours, question, standardProduct());
  const share = shareOfProducts(productFlops(compiled.plans[0].steps), raced.beside!);
  return timeRows('meta', `unroll of ${unrolledSteps}, ${nameOf(size)}`, raced, { share });
}
