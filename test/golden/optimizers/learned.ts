import { type Tensor, type TensorTree, exp, grad, leavesOf, tensor } from '../../../engine/index.js';
import {
  type LearnedOptimizer,
  type MetaProblem,
  type MetaProgress,
  type MetaStepResult,
  type Rule,
  adam,
  dynamicAdam,
  gatedBlend,
  hypergradient,
  metaStep,
  sgd,
  unroll,
} from '../../../optimizers/index.js';
import {
  type Batch,
  type Comparison,
  type GoldenRule,
  type Params,
  type Problem,
  gateModel,
  loss,
} from './problem.js';

type Row = Readonly<Record<string, unknown>>;
type Check = (golden: GoldenRule, problem: Problem, comparison: Comparison) => void;
type Options<Theta extends TensorTree> = Pick<MetaProblem<Params, Theta, Batch, 'lr'>, 'update'> & {
  readonly theta: Theta;
  readonly learned: LearnedOptimizer<Theta>;
  readonly metaLr: number;
  /** What a row of the trace shows of a step beside the losses. */
  readonly observe: (step: Omit<MetaStepResult<Params, Theta>, 'progress'>, theta: Theta) => Row;
};

/** Meta-trains through the file's batches, looking one step ahead, and compares every step with its row of the trace. */
function checkTrace<Theta extends TensorTree>(
  golden: GoldenRule,
  { params, train, metaVal }: Problem,
  { check, checkAll }: Comparison,
  { learned, theta, update, metaLr, observe }: Options<Theta>,
): void {
  const metaRule = adam();
  let progress: MetaProgress<Params, Theta> = {
    ...{ params, state: learned.at(theta).rule.init(params), steps: 0 },
    learned: { theta, state: metaRule.init(theta), steps: 0 },
  };
  const problem = { learned, update, loss, metaRule, metaHyper: { lr: metaLr } };
  const ours = train.map((batch, i): Row => {
    const step = metaStep(problem, progress, { train: [batch], metaVal: metaVal[i] });
    ({ progress } = step);
    return { loss: step.made.losses[0], val_loss: step.metaLoss, ...observe(step, progress.learned.theta) };
  });
  const { trace, params: goldenParams, gate = [] } = golden;
  const rows = trace as readonly Row[];
  const columns = Object.keys(rows[0]);
  const column = (table: readonly Row[], name: string): unknown[] => table.map((row) => row[name]);
  checkAll(
    Object.fromEntries(Object.keys(ours[0]).map((name) => [name, column(ours, name)])),
    Object.fromEntries(columns.map((name) => [name, column(rows, name)])),
  );
  check('params', progress.params, goldenParams);
  if ('gate' in golden) check('gate', progress.learned.theta, gate);
}

const hyperOf = ({ hyper }: GoldenRule): Readonly<Record<string, number>> =>
  hyper as Readonly<Record<string, number>>;

const norm = (tree: unknown): number =>
  Math.hypot(...leavesOf(tree).flatMap(({ tensor: leaf }) => Array.from(leaf.toTypedArray())));

const hypergradientOf =
  (inner: Rule): Check =>
  (golden, problem, comparison) => {
    const { lr0, meta_lr: metaLr } = hyperOf(golden);
    const learned = hypergradient(inner, 'log', { lr: lr0 });
    checkTrace(golden, problem, comparison, {
      learned,
      metaLr,
      update: 'after',
      theta: { lr: { log: tensor(Math.log(lr0), { dtype: 'float64' }) } },
      observe: ({ metaGrad }, theta) => ({ hypergradient: metaGrad.lr.log, lr: exp(theta.lr.log) }),
    });
  };

/** By their names in the file. */
const checks: Readonly<Record<string, Check>> = {
  dynamic_adam(golden, problem, comparison) {
    const { lr, gate_lr: metaLr, beta2, eps } = hyperOf(golden);
    checkTrace(golden, problem, comparison, {
      learned: dynamicAdam({ model: gateModel }, { lr, beta2, eps }),
      metaLr,
      update: 'after',
      theta: problem.statisticsGate,
      observe: ({ lookAhead, made, metaGrad }) => ({
        beta1_before: lookAhead.infos[0].beta1,
        beta1: made.infos[0].beta1,
        gate_grad_norm: norm(metaGrad),
      }),
    });
  },

  blended(golden, problem, comparison) {
    const { lr_adam, lr_sgd, momentum, gate_lr: metaLr, beta1, beta2, eps } = hyperOf(golden);
    checkTrace(golden, problem, comparison, {
      learned: gatedBlend(
        { adam: adam(), sgd: sgd() },
        { model: gateModel },
        {
          ...{ 'adam.lr': lr_adam, 'adam.beta1': beta1, 'adam.beta2': beta2, 'adam.eps': eps },
          ...{ 'sgd.lr': lr_sgd, 'sgd.momentum': momentum },
        },
      ),
      metaLr,
      update: 'before',
      theta: problem.gradientGate,
      observe: ({ made, metaGrad }) => ({ alpha: made.infos[0].alpha, gate_grad_norm: norm(metaGrad) }),
    });
  },

  hypergradient_sgd: hypergradientOf(sgd()),
  hypergradient_adam: hypergradientOf(adam()),

  unrolled_sgd(golden, problem, { checkAll }) {
    const { lr, unroll: steps } = hyperOf(golden);
    const lrs = Array.from({ length: steps }, () => tensor(lr, { dtype: 'float64' }));
    const ahead = (of: { readonly lrs: readonly Tensor[]; readonly params: Params }): Tensor => {
      const hyper = of.lrs.map((each) => ({ lr: each }));
      const batches = problem.train.slice(0, steps);
      return loss(unroll(sgd(), loss, { params: of.params, hyper, batches }).params, problem.metaVal[0]);
    };
    const at = { lrs, params: problem.params };
    const grads = grad(ahead)(at);
    checkAll(
      { val_loss: ahead(at), grad_lr_per_step: grads.lrs, grad_initial_params: grads.params },
      {
        val_loss: golden.val_loss,
        grad_lr_per_step: golden.grad_lr_per_step,
        grad_initial_params: golden.grad_initial_params,
      },
    );
  },

  unrolled_adam(golden, problem, { check, checkAll }) {
    const { unroll: steps, eps, eps_root: epsRoot, ...natural } = hyperOf(golden);
    const hyper = Object.fromEntries(
      Object.entries(natural).map(([name, value]) => [name, tensor(value, { dtype: 'float64' })]),
    );
    const ahead = (given: Readonly<Record<string, Tensor>>): Tensor => {
      const { params } = unroll(adam(), loss, {
        params: problem.params,
        hyper: { eps, epsRoot, ...given },
        batches: problem.train.slice(0, steps),
      });
      return loss(params, problem.metaVal[0]);
    };
    check('val_loss', ahead(hyper), golden.val_loss);
    checkAll(grad(ahead)(hyper), golden.grads as Row);
  },
};

export const isLearned = (name: string): boolean => Object.hasOwn(checks, name);

export const checkLearned = (name: string, ...given: Parameters<Check>): void => {
  checks[name](...given);
};
