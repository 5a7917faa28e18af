/**
 * `npm run bench -- [GROUP...] [--json] [--node24]`: times the library, beside PyTorch on one thread where it is installed,
 * and beside TensorFlow.js and jax-js on WebAssembly after `npm --prefix bench install`. It runs on the Node that runs npm,
 * with `--node24` on the one that bench/package.json names.
 *
 * Each figure is the minimum over up to 100 short batches that alternate with those of the peers, all on one core. Times of
 * different results do not compare: where a peer is wrong, its row says by how much, and where PyTorch differs, the run ends.
 * The group `gpu`, which has to be named, uses all cores.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Ceilings, ceilingsOf, rateOf } from './ceiling.js';
import type { Environment } from './environment.js';
import { detectFeatures } from '../engine/backends/wasm/assembler/features.js';
import { adam } from './groups/adam.js';
import { compileTime, firstCall } from './groups/compileTime.js';
import { conv } from './groups/conv.js';
import { eager } from './groups/eager.js';
import { elementwise } from './groups/elementwise.js';
import { float64 } from './groups/float64.js';
import { gemm } from './groups/gemm.js';
import { gpu } from './groups/gpu.js';
import { memory } from './groups/memory.js';
import { meta } from './groups/meta.js';
import { scans } from './groups/scan.js';
import { step } from './groups/step.js';
import { perExample } from './groups/vmap.js';
import { startPeers } from './peer.js';
import { type Row, formatRows } from './rows.js';

const groups: Readonly<Record<string, (environment: Environment) => Row[] | Promise<Row[]>>> = {
  gemm,
  conv,
  elementwise,
  adam,
  step,
  meta,
  vmap: perExample,
  scan: scans,
  float64,
  memory,
  compileTime,
  eager,
};
/** Those that run only where they are named: on one core, a software driver would measure nothing but the change of threads. */
const named: typeof groups = { gpu };

const args = process.argv.slice(2);
const known = { ...groups, ...named };
const isStarted = process.env.METAGRAD_BENCH_STARTED !== undefined;
const isNode24 = args.includes('--node24');
const isPinned = process.platform === 'linux' && !args.some((arg) => arg in named);

if (args[0] === '--first-call') console.log(firstCall(args[1]));
else if (isStarted || !(isPinned || isNode24)) await run();
else start();

/** Runs this program again on the Node that was asked for, on one core where there is taskset. */
function start(): void {
  const env = { ...process.env, METAGRAD_BENCH_STARTED: '1' };
  const options = { env, stdio: 'inherit' } as const;
  const node24 = fileURLToPath(new URL('../../bench/node_modules/node/bin/node', import.meta.url));
  const [node, ...rest] = [isNode24 ? node24 : process.execPath, ...process.argv.slice(1)];
  const core = process.env.METAGRAD_BENCH_CORE ?? '0';
  const pinned = isPinned ? spawnSync('taskset', ['-c', core, node, ...rest], options) : undefined;
  const ended = pinned && pinned.error === undefined ? pinned : spawnSync(node, rest, options);
  if (ended.error !== undefined)
    console.error(`bench: ${ended.error.message}; \`npm --prefix bench install\` installs Node 24.`);
  process.exitCode = ended.status ?? 1;
}

async function run(): Promise<void> {
  const isJson = args.includes('--json');
  const wanted = args.filter((arg) => arg !== '--json' && arg !== '--node24');
  const unknown = wanted.filter((name) => !(name in known));
  if (unknown.length > 0) {
    console.error(
      `bench: there is no group ${unknown.join(', ')}; there are ${Object.keys(known).join(', ')}.`,
    );
    process.exitCode = 2;
    return;
  }
  const features = detectFeatures();
  const ceilings = ceilingsOf(features);
  const peers = await startPeers();
  const say = (text: string): void => {
    (isJson ? console.error : console.log)(text);
  };
  say(`Node ${process.versions.node}, simd ${features.simd}${features.relaxed ? '' : ', no relaxed simd'}`);
  say(`ceiling ${await rates(ceilings)}`);
  if (features.simd === 256)
    say(`ceiling of 128 bits ${await rates(ceilingsOf({ ...features, simd: 128 }))}`);
  say(
    peers.length === 0
      ? 'no other library'
      : peers.map(({ lib, version }) => `${lib}: ${version}`).join('\n'),
  );
  const rows: Row[] = [];
  try {
    for (const name of wanted.length > 0 ? wanted : Object.keys(groups)) {
      const found = await known[name]({ ceilings, peers });
      rows.push(...found);
      if (!isJson) console.log(formatRows(found));
    }
  } finally {
    for (const peer of peers) peer.stop();
  }
  if (isJson) console.log(JSON.stringify(rows, null, 1));
}

async function rates({ float32, float64: double }: Ceilings): Promise<string> {
  const [single, twice] = [await rateOf(float32), await rateOf(double)].map((rate) =>
    (rate / 1e9).toFixed(1),
  );
  return `${single} GFLOP/s in float32, ${twice} in float64`;
}
