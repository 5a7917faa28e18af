/**
 * An objective for `metagrad tune examples/tuneOptimizer.js --trials 30 --workers 2`: which rule, learning rate and width
 * train a small perceptron on MNIST-1D best. It returns the validation loss, and reports it after every epoch, so that
 * the pruner can end a trial early.
 */
import { Generator, crossEntropy } from 'metagrad';
import { batches, mnist1d } from 'metagrad/data';
import { TrialPruned } from 'metagrad/experiments';
import { mlp } from 'metagrad/nn';
import { adam, sgd, trainer } from 'metagrad/optimizers';

const { train, test: validation } = mnist1d({ numSamples: 1000 });
const [held] = batches(validation, { batchSize: validation.y.size });

export default function objective(trial) {
  const rule = trial.suggestCategorical('rule', ['adam', 'sgd']);
  const lr = trial.suggestFloat('lr', 1e-5, 1, { log: true });
  const width = trial.suggestInt('width', 8, 128, { log: true });
  const hyper = rule === 'sgd' ? { lr, momentum: trial.suggestFloat('momentum', 0, 0.99) } : { lr };

  const generator = new Generator(0);
  const model = mlp({ sizes: [40, width, 10] });
  const loss = (params, { x, y }) => crossEntropy(model.apply(params, x), y);
  const training = trainer(rule === 'sgd' ? sgd() : adam(), model.init(generator), hyper);

  for (let epoch = 0; epoch < 8; epoch++) {
    for (const batch of batches(train, { batchSize: 32, shuffle: { stream: 'randperm', generator } }))
      training.step((params) => loss(params, batch));
    trial.report(epoch, loss(training.params, held).item());
    if (trial.shouldPrune()) throw new TrialPruned();
  }
  return loss(training.params, held).item();
}
