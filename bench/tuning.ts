/**
 * TPE against random search and against Optuna's TPE at the same budget: `node dist/bench/tuning.js [TRIALS [SEEDS]]`.
 *
 * Prints the table of docs/tuning.md: the distance of the best value of a study from the minimum, as the median over the
 * seeds with its 95 % interval (order statistics). Optuna's columns need a Python with Optuna (`OPTUNA_PYTHON`).
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageInfo } from '../experiments/files/packageInfo.js';
import { quantile } from '../experiments/stats/samples.js';
import { createStudy, randomSampler, type Sampler, tpeSampler } from '../experiments/tuning/index.js';
import { type Problem, problems } from './tuningProblems.js';

const [trials = 60, seeds = 30] = process.argv.slice(2).map(Number);
const python = process.env.OPTUNA_PYTHON ?? '/usr/bin/python3';

/** The distance of each seed's best value from the least one. */
async function search({ objective, least }: Problem, sampler: Sampler): Promise<readonly number[]> {
  const distances: number[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const study = await createStudy({ name: 'bench', sampler, seed });
    await study.optimize(objective, { trials });
    distances.push(study.bestTrial.value! - least);
  }
  return distances;
}

function searchWithOptuna({ name, least }: Problem): readonly number[] {
  const script = join(packageInfo().root, 'bench', 'optuna_tpe.py');
  const output = execFileSync(python, [script, name, String(trials), String(seeds)], { encoding: 'utf8' });
  const { best } = JSON.parse(output) as { readonly best: readonly number[] };
  return best.map((value) => value - least);
}

/** `median [low, high]`: the ranks whose values enclose the median with a probability of at least 95 %. */
function describe(values: readonly number[]): string {
  const sorted = [...values].sort((x, y) => x - y);
  const n = sorted.length;
  let below = 0;
  let outside = 0.5 ** n;
  for (let chance = outside; outside + chance * ((n - below) / (below + 1)) <= 0.025;) {
    chance *= (n - below) / (below + 1);
    below++;
    outside += chance;
  }
  const numbers = [quantile(values, 0.5), sorted[below], sorted[n - 1 - below]].map((value) =>
    value.toPrecision(3),
  );
  return `${numbers[0]} [${numbers[1]}, ${numbers[2]}]`;
}

/** The share of pairs in which the first is the better one, with its standard error where both are alike (Mann-Whitney). */
function dominance(first: readonly number[], second: readonly number[]): string {
  const wins = first.reduce(
    (sum, x) => sum + second.reduce((won, y) => won + (x < y ? 1 : x === y ? 0.5 : 0), 0),
    0,
  );
  const error = Math.sqrt((first.length + second.length + 1) / (12 * first.length * second.length));
  return `${(wins / (first.length * second.length)).toFixed(2)} ± ${error.toFixed(2)}`;
}

const rows: (readonly string[])[] = [
  ['problem', 'random', 'TPE 3.1', "Optuna's TPE 3.1", 'TPE 5.0', '3.1 against Optuna', '5.0 against Optuna'],
  Array<string>(7).fill('---'),
];
for (const problem of problems) {
  const random = await search(problem, randomSampler());
  const tpe31 = await search(problem, tpeSampler({ profile: '3.1' }));
  const optuna = searchWithOptuna(problem);
  const tpe50 = await search(problem, tpeSampler({ profile: '5.0' }));
  rows.push([
    problem.name,
    ...[random, tpe31, optuna, tpe50].map(describe),
    dominance(tpe31, optuna),
    dominance(tpe50, optuna),
  ]);
}
console.log(`${trials} trials, ${seeds} seeds`);
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
