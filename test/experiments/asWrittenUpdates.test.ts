/** The updates of two write-ups: what their defects do, and that without them they are the corrected ones. */
import { describe, expect, it } from 'vitest';
import { Generator, type Tensor } from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import { type MetaProblem, adam, dynamicAdam, gatedBlend, metaStep } from '../../optimizers/index.js';
import { blendedRules, gateModelFor } from '../../experiments/studies/blended/programs.js';
import * as blended from '../../experiments/studies/blended/updateAsWritten.js';
import { gateModel } from '../../experiments/studies/gatedAdam/programs.js';
import * as gatedAdam from '../../experiments/studies/gatedAdam/updateAsWritten.js';
import { numbers } from '../optimizers/numbers.js';
import { type Batch, batchesIn, float64, loss, model, paramsIn } from '../optimizers/toy.js';

const params = paramsIn('float64');
const trainBatches = batchesIn('float64', 0, 4);
const validation = batchesIn('float64', 12, 4);
const initial = <Theta>(gate: { init(generator: Generator, options: { dtype: 'float64' }): Theta }): Theta =>
  gate.init(new Generator(5), { dtype: 'float64' });

/** The carry after some updates, and what was seen of the last one. */
function after<Carry, Seen>(
  carry: Carry,
  update: (
    carry: Carry,
    step: Tensor,
    batches: { train: Batch; validation: Batch },
  ) => readonly [Carry, Seen],
): readonly [Carry, Seen] {
  let [now, seen] = update(carry, float64(1), { train: trainBatches[0], validation: validation[0] });
  for (const k of [1, 2, 3])
    [now, seen] = update(now, float64(k + 1), { train: trainBatches[k], validation: validation[k] });
  return [now, seen];
}

/** The parameters and theta after the same updates by meta-steps that look one ahead. */
function corrected<Name extends string>(
  problem: MetaProblem<MlpParams, MlpParams, Batch, Name>,
  theta: MlpParams,
): number[] {
  const state = problem.learned.at(theta).rule.init(params);
  const learned = { theta, state: problem.metaRule.init(theta), steps: 0 };
  let progress = { params, state, steps: 0, learned };
  trainBatches.forEach((batch, k) => {
    ({ progress } = metaStep(problem, progress, { train: [batch], metaVal: validation[k] }));
  });
  return numbers([progress.params, progress.learned.theta]);
}

describe('the update of gated-adam', () => {
  const theta = initial(gateModel);
  const hyper = { lr: float64(0.05), gateLr: float64(0.02) };
  const run = (changes: Partial<gatedAdam.Defects>) => {
    const program = gatedAdam.programAsWritten({ loss }, { ...gatedAdam.allDefects, ...changes });
    return after(program.begin(params, theta), (carry, step, batches) =>
      program.update(carry, hyper, step, batches),
    );
  };

  it('is a meta-step of dynamicAdam if its defects are switched off, to the last bit', () => {
    const [{ params: trained, gate }] = run({
      copiesParametersAhead: false,
      addsValidationGradient: false,
      validatesPresentParameters: false,
      correctsAsIfConstant: false,
    });
    const learned = dynamicAdam({ model: gateModel }, { lr: 0.05 });
    const problem = { learned, loss, metaRule: adam(), metaHyper: { lr: 0.02 }, update: 'after' } as const;
    expect(numbers([trained, gate.theta])).toEqual(corrected(problem, theta));
  });

  it('never reaches the gate, and takes up the whole validation gradient', () => {
    const [{ gate }, { gateGradientNorm, validationShare, unexplained }] = run({});
    expect(gateGradientNorm.item()).toBe(0);
    expect(numbers(gate.theta)).toEqual(numbers(theta));
    expect(validationShare.item()).toBeCloseTo(1, 12);
    expect(unexplained.item()).toBeLessThan(1e-12);
  });

  it('measures no leak where there is none, and a gradient where nothing is cut', () => {
    const [, { validationShare, unexplained }] = run({ addsValidationGradient: false });
    expect(Math.abs(validationShare.item())).toBeLessThan(1e-12);
    expect(unexplained.item()).toBeLessThan(1e-12);
    const [{ gate }, { gateGradientNorm }] = run({ copiesParametersAhead: false });
    expect(gateGradientNorm.item()).toBeGreaterThan(1e-6);
    expect(numbers(gate.theta)).not.toEqual(numbers(theta));
  });
});

describe('the update of blended', () => {
  const gate = gateModelFor(model);
  const theta = initial(gate);
  const given = { 'adam.lr': 0.02, 'sgd.lr': 0.05, 'sgd.momentum': 0.9 };
  const hyper = {
    'adam.lr': float64(0.02),
    'sgd.lr': float64(0.05),
    'sgd.momentum': float64(0.9),
    gateLr: float64(0.01),
  };
  const run = (defects: blended.Defects) => {
    const program = blended.programAsWritten({ loss }, gate, defects);
    return after(program.begin(params, theta), (carry, step, batches) =>
      program.update(carry, hyper, step, batches),
    );
  };

  it('is a meta-step of gatedBlend if it records, to the last bit', () => {
    const [{ params: trained, gate: after }] = run({ recordsNothing: false });
    const learned = gatedBlend(blendedRules, { model: gate }, given);
    const problem = { learned, loss, metaRule: adam(), metaHyper: { lr: 0.01 }, update: 'before' } as const;
    expect(numbers([trained, after.theta])).toEqual(corrected(problem, theta));
  });

  it('never reaches the gate as it was written', () => {
    const [{ gate: after }, { gateGradientNorm }] = run(blended.allDefects);
    expect(gateGradientNorm.item()).toBe(0);
    expect(numbers(after.theta)).toEqual(numbers(theta));
    const [, recorded] = run({ recordsNothing: false });
    expect(recorded.gateGradientNorm.item()).toBeGreaterThan(1e-6);
  });

  it('has a gate for every number of the gradient', () => {
    const [first] = mlp({ sizes: [2, 32, 1] }).init(new Generator(0)).layers;
    expect(theta.layers[0].weight.shape).toEqual([first.bias.size, numbers(params).length]);
  });
});
