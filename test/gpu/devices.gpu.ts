import { afterEach, expect, it, vi } from 'vitest';
import { main } from '../../experiments/cli.js';
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
