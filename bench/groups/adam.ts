import { type Tensor, Generator, add, compile, fromTypedArray, mul, tensor } from '../../engine/index.js';
import { type State, adam as adamRule, applyRule } from '../../optimizers/index.js';
import { type Environment, raceAgainst, timeRows } from '../environment.js';
import { encode } from '../peer.js';
import { adamHyper, sumOf } from '../problems.js';
import { local } from '../race.js';
import type { Row } from '../rows.js';

const rule = adamRule();

interface Progress {
  readonly params: Tensor;
  readonly state: State;
  readonly step: Tensor;
}

function update({ params, state, step }: Progress, grads: Tensor, hyper: typeof adamHyper): Progress {
  const after = applyRule(rule, { params, grads, state, hyper, step });
  return { params: after.params, state: after.state, step: add(step, 1) };
}

const beginning = (params: Tensor): Progress => ({ params, state: rule.init(params), step: tensor(1) });

/** Adam alone: over many parameters, and over those whose gradient has long been 0. */
export async function adam({ peers }: Environment): Promise<Row[]> {
  return [...(await manyParameters(peers)), ...(await zeroGradients())];
}

async function manyParameters(peers: Environment['peers']): Promise<Row[]> {
  const n = 2_500_000;
  const random = new Generator(1);
  const [p, g] = [fromTypedArray(random.normal(n)), fromTypedArray(random.normal(n))];
  const compiled = compile(update, { donate: [0] });
  const after = compiled(beginning(p), g, adamHyper);
  const ours = local('metagrad', compiled.plans[0].bound.execute);
  const question = {
    name: 'adam',
    given: { p: encode(p), g: encode(g) },
    expected: [sumOf(after.params)],
    tolerance: 1e-2,
  };
  return timeRows('adam', '2.5 million parameters', await raceAgainst(peers, ours, question));
}

/** Moments that shrink by a factor each step become so small that processors take long for them. */
async function zeroGradients(): Promise<Row[]> {
  const n = 10_000;
  const random = new Generator(1);
  const grads = fromTypedArray(random.normal(n));
  const zeros = mul(grads, 0);
  const compiled = compile(update);
  const first = compiled(beginning(fromTypedArray(random.normal(n))), grads, adamHyper);
  let late = first;
  for (let k = 0; k < 1000; k++) late = compiled(late, zeros, adamHyper);
  // Nothing is donated, so that every run is the same step.
  const contestants = Object.entries({ 'first step': first, 'after 1,000': late }).map(([lib, progress]) => {
    const step = compile((now: Progress, g: Tensor, hyper: typeof adamHyper) => update(now, g, hyper));
    step(progress, zeros, adamHyper);
    return local(lib, step.plans[0].bound.execute);
  });
  const raced = await raceAgainst([], contestants, { name: 'adam', given: {}, expected: [] });
  return timeRows('adam', 'zero gradients, 10,000 parameters', raced);
}
