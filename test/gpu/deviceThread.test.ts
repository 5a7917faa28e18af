/** The thread that runs gpu.js: what it forgets, and how it fails. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { deviceThread, deviceThreadAt } from '../../engine/backends/gpu/thread/thread.js';
import { type Tensor, compile, mul, tensor } from '../../engine/index.js';
import { withDeviceThread } from './support.js';

const program = withDeviceThread();

it('forgets plans that nobody can run any more', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  let collected = 0;
  const registry = new FinalizationRegistry(() => collected++);
  (() => {
    const f = compile((x: Tensor) => mul(x, 2), { backend: 'gpu', mode: 'webasm' });
    f(tensor([1, 2]));
    registry.register(f.plans[0].gpu!, 0);
  })();
  for (let turn = 0; turn < 20 && collected === 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc();
  }
  expect(collected).toBe(1);
});

it('whose program does not load says so at once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'metagrad-'));
  const broken = join(folder, 'broken.mjs');
  writeFileSync(broken, "import './missing.js';");
  deviceThreadAt(pathToFileURL(broken));
  try {
    expect(() => deviceThread('cpu')).toThrow(/does not load: .*missing\.js/);
  } finally {
    deviceThreadAt(program());
    rmSync(folder, { recursive: true });
  }
}, 5000);
