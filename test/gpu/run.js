/**
 * `npm run test:gpu`: the tests that need WebGPU in Node, on the system's adapter or else on SwiftShader, the software
 * driver in Debian's chromium package, and those that need a browser, in the system's Chromium or the one that CHROMIUM
 * names. What is missing is skipped, which it says, and ends well. Arguments go to vitest.
 */
/* global process, console */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const chromium = '/usr/lib/chromium';
const driver = join(chromium, 'vk_swiftshader_icd.json');
// The Vulkan loader wants a folder that it may write to; that of chromium serves where none is installed.
const runtime = mkdtempSync(join(tmpdir(), 'metagrad-gpu-'));
const swiftShader = {
  VK_DRIVER_FILES: driver,
  VK_ICD_FILENAMES: driver,
  XDG_RUNTIME_DIR: runtime,
  LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, chromium].filter(Boolean).join(':'),
};

const probe = `
  const { create } = await import('webgpu');
  const adapter = await create([]).requestAdapter();
  if (adapter === null) process.exit(1);
  console.log([adapter.info.description, adapter.info.vendor, adapter.info.architecture].filter(Boolean).join(', '));`;

/** The adapter's name with these environment variables, or undefined if none answers. */
function adapterWith(environment) {
  const env = { ...process.env, ...environment };
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', probe], { env });
  return status === 0 ? stdout.toString().trim() : undefined;
}

const environments = [{}, ...(existsSync(driver) ? [swiftShader] : [])];
const found = environments.map((environment) => ({ environment, adapter: adapterWith(environment) }));
const chosen = found.find(({ adapter }) => adapter !== undefined);

const browsers = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`);
const browser = [process.env.CHROMIUM, ...browsers].find((path) => path !== undefined && existsSync(path));

console.log(
  chosen === undefined
    ? 'skipped in Node: no WebGPU adapter answers. The tests need a Vulkan driver, or the software driver in Debian’s package chromium.'
    : `WebGPU in Node on ${chosen.adapter}`,
);
console.log(
  browser === undefined
    ? 'skipped in the browser: there is no Chromium; CHROMIUM=path names one.'
    : `WebGPU and WebGL on SwiftShader in ${browser}`,
);
const projects = [chosen && 'node', browser && 'browser'].filter(Boolean);
if (projects.length > 0) {
  const given = process.argv.slice(2);
  const selected = given.includes('--project') ? [] : projects.flatMap((project) => ['--project', project]);
  const { status } = spawnSync(
    'npx',
    ['vitest', 'run', '--config', 'vitest.gpu.config.ts', ...selected, ...given],
    {
      stdio: 'inherit',
      env: { ...process.env, ...chosen?.environment, CHROMIUM: browser },
    },
  );
  process.exitCode = status ?? 1;
}
rmSync(runtime, { recursive: true });
