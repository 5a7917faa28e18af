import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { main } from '../../experiments/cli.js';
import { folderStore } from '../../experiments/runner/record/folderStore.js';
import type { RunConfig } from '../../experiments/runner/record/recordFiles.js';
import { withDeviceThread } from './support.js';

withDeviceThread();

afterEach(() => {
  vi.restoreAllMocks();
});

it('`metagrad devices` lists what there is with its speed, and why there is not more', async () => {
  let out = '';
  vi.spyOn(console, 'log').mockImplementation((text: string) => (out += `${text}\n`));
  expect(await main(['node', 'metagrad', 'devices'])).toBe(0);
  const speedOf = (name: RegExp): number => Number(name.exec(out)?.[1]);
  for (const row of [
    /^wasm .* ([\d.]+)$/m,
    /^cpu .* ([\d.]+)$/m,
    /^gpu +webgpu .* ([\d.]+)$/m,
    /^gpu +webasm .* ([\d.]+)$/m,
  ])
    expect(speedOf(row)).toBeGreaterThan(0);
  expect(out).toContain('headlessgl: gpu: gpu.js finds no headlessgl here');
});

it('`metagrad run --backend auto` records the device, and what was measured for each plan', async () => {
  const root = mkdtempSync(join(tmpdir(), 'metagrad-auto-'));
  let out = '';
  vi.spyOn(console, 'log').mockImplementation((text: string) => (out += `${text}\n`));
  const options =
    '--quick --samples 300 --epochs 1 --trials 1 --seeds 1 --reproductions 0 --workers 1 --quiet';
  const line = `run warm-start --arms cold ${options} --backend auto --out ${root}`;
  expect(await main(['node', 'metagrad', ...line.split(' ')])).toBe(0);
  const folder = join(/report +(\S+)report\.html/.exec(out)![1]);
  const { backend } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as RunConfig;
  expect(backend.ran).toMatch(/^auto: wasm (128|256) or gpu webgpu: ./);
  const choices = await folderStore(folder).choices();
  expect(choices.length).toBeGreaterThan(1);
  for (const { reason, milliseconds } of choices) {
    expect(reason).toMatch(/^wasm [\d.e-]+ ms, gpu \(webgpu, .*\) [\d.e-]+ ms$/);
    expect(milliseconds.gpu).toBeGreaterThan(0);
  }
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toMatch(/; \d+ plans on (wasm|gpu)/);
  rmSync(root, { recursive: true });
});
