/**
 * The graph of a hyper-gradient: how the loss of a two-layer perceptron after one step of gradient descent depends
 * on the learning rate. Drawn by `metagrad graph examples/hyperGradient.js`: orange is the training gradient, which
 * is itself part of what the outer gradient walks back over.
 */
import { Generator, fromTypedArray, normal, tensor, crossEntropy } from 'metagrad';
import { mlp } from 'metagrad/nn';
import { sgd, unroll } from 'metagrad/optimizers';

const generator = new Generator(0);
const model = mlp({ sizes: [4, 3, 2] });
const params = model.init(generator);
const batch = { x: normal(generator, [5, 4]), y: fromTypedArray(generator.integers(5, 0, 2)) };
const loss = (p, { x, y }) => crossEntropy(model.apply(p, x), y);

/** The graph is that of f at x. */
export const x = { lr: tensor(0.1) };
export const f = ({ lr }) =>
  loss(unroll(sgd(), loss, { params, hyper: { lr }, batches: [batch, batch] }).params, batch);
