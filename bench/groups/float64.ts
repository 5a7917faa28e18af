import {
  type Tensor,
  Generator,
  cast,
  compile,
  exp,
  fromTypedArray,
  log,
  mapTree,
  tanh,
} from '../../engine/index.js';
import { type Environment, raceAgainst, timeRows, torchOf } from '../environment.js';
import { encode } from '../peer.js';
import {
  adamHyper,
  beginning,
  compiledStep,
  encodeBatch,
  encodeTree,
  nameOf,
  problemOf,
  sizes,
  sumOf,
} from '../problems.js';
import { local } from '../race.js';
import type { Row } from '../rows.js';
import { productRows } from './gemm.js';

/** The larger of the usual problems in double precision, against PyTorch and against the plans that run as JavaScript. */
export async function float64({ ceilings, peers }: Environment): Promise<Row[]> {
  const torch = torchOf(peers);
  return [
    ...(await productRows(torch, 'float64', [256, 256, 256], 'NN', ceilings, 'float64')),
    ...(await functionRows(torch)),
    ...(await stepRows(torch)),
  ];
}

const functions = { exp, log, tanh };

async function functionRows(torch: Environment['peers']): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, f] of Object.entries(functions)) {
    const x = cast(fromTypedArray(new Generator(1).uniform(1e4, { low: 0.1, high: 2 })), 'float64');
    const compiled = compile((at: Tensor) => f(at), { backend: 'wasm' });
    const expected = [sumOf(compiled(x))];
    const ours = local('metagrad', compiled.plans[0].bound.execute);
    const question = { name: 'elementwise', given: { function: name, inputs: [encode(x)] }, expected };
    rows.push(...timeRows('float64', `${name}, 10000`, await raceAgainst(torch, ours, question)));
  }
  return rows;
}

async function stepRows(torch: Environment['peers']): Promise<Row[]> {
  const size = sizes[3];
  const { params: single, loss, batch: drawn } = problemOf(size);
  const double = (x: Tensor): Tensor => cast(x, 'float64');
  const params = mapTree(single, double);
  const [hyper, batch] = [mapTree(adamHyper, double), { ...drawn, x: double(drawn.x) }];
  const start = mapTree(beginning(params), double);
  const contestants = (['wasm', 'cpu'] as const).map((backend) => {
    const compiled = compiledStep(loss, backend);
    let now = start;
    const losses = [0, 1, 2].map(() => {
      const done = compiled(now, hyper, batch);
      now = done.now;
      return done.loss.item();
    });
    const lib = backend === 'wasm' ? 'metagrad' : 'metagrad cpu';
    return { losses, racer: local(lib, () => void ({ now } = compiled(now, hyper, batch))) };
  });
  const question = {
    name: 'step',
    given: { params: encodeTree(params), batch: encodeBatch(batch) },
    expected: contestants[0].losses,
  };
  const racers = contestants.map(({ racer }) => racer);
  return timeRows('float64', `step ${nameOf(size)}`, await raceAgainst(torch, racers, question));
}
