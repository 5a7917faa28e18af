/**
 * `npm run bench -- [GROUP...] [--json]`: times the library, beside PyTorch on one thread where it is installed, and
 * beside TensorFlow.js and jax-js on WebAssembly after `npm --prefix bench install`.
 *
 * Each figure is the minimum over 100 short batches that alternate with those of the peers, all on one core. Times of
 * different results do not compare: where a peer is wrong, its row says by how much, and where PyTorch differs, the run ends.
 * The group `gpu`, which has to be named, uses all cores.
 */
import { spawnSync } from 'node:child_process';
import { measureCeiling } from './ceiling.js';
import type { Environment } from './environment.js';
import { compileTime, firstCall } from './groups/compileTime.js';
import { eager } from './groups/eager.js';
import { elementwise } from './groups/elementwise.js';
import { gemm } from './groups/gemm.js';
import { gpu } from './groups/gpu.js';
import { memory } from './groups/memory.js';
import { meta } from './groups/meta.js';
import { step } from './groups/step.js';
import { startPeers } from './peer.js';
import { type Row, formatRows } from './rows.js';

const groups: Readonly<Record<string, (environment: Environment) => Row[] | Promise<Row[]>>> = {
  gemm,
  elementwise,
  step,
  meta,
  memory,
  compileTime,
  eager,
};
/** Those that run only where they are named: on one core, a software driver would measure nothing but the change of threads. */
const named: typeof groups = { gpu };

const args = process.argv.slice(2);
const known = { ...groups, ...named };
const isPinned = process.env.METAGRAD_BENCH_PINNED !== undefined;

if (args[0] === '--first-call') console.log(firstCall(args[1]));
else if (isPinned || process.platform !== 'linux' || args.some((arg) => arg in named)) await run();
else pin();

/** Runs this program again on one core; on all of them where there is no taskset. */
function pin(): void {
  const env = { ...process.env, METAGRAD_BENCH_PINNED: '1' };
  const [script, ...rest] = process.argv.slice(1);
  const options = { env, stdio: 'inherit' } as const;
  const core = process.env.METAGRAD_BENCH_CORE ?? '0';
  const pinned = spawnSync('taskset', ['-c', core, process.execPath, script, ...rest], options);
  const { status } =
    pinned.error === undefined ? pinned : spawnSync(process.execPath, [script, ...rest], options);
  process.exitCode = status ?? 1;
}

async function run(): Promise<void> {
  const isJson = args.includes('--json');
  const wanted = args.filter((arg) => arg !== '--json');
  const unknown = wanted.filter((name) => !(name in known));
  if (unknown.length > 0) {
    console.error(
      `bench: there is no group ${unknown.join(', ')}; there are ${Object.keys(known).join(', ')}.`,
    );
    process.exitCode = 2;
    return;
  }
  const ceiling = await measureCeiling();
  const peers = await startPeers();
  const say = (text: string): void => {
    (isJson ? console.error : console.log)(text);
  };
  say(
    `ceiling ${(ceiling / 1e9).toFixed(1)} GFLOP/s; ${peers.length === 0 ? 'no other library' : peers.map(({ lib, version }) => `${lib} ${version}`).join(', ')}`,
  );
  const rows: Row[] = [];
  try {
    for (const name of wanted.length > 0 ? wanted : Object.keys(groups)) {
      const found = await known[name]({ ceiling, peers });
      rows.push(...found);
      if (!isJson) console.log(formatRows(found));
    }
  } finally {
    for (const peer of peers) peer.stop();
  }
  if (isJson) console.log(JSON.stringify(rows, null, 1));
}
