/** The page in examples/browser, bundled and made small as programs for browsers are, in a browser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PreviewServer, type Rolldown, build, preview } from 'vite';
import { chromiumFlags } from '../../vitest.gpu.config.js';
import { root } from '../sources.js';

describe.skipIf(process.env.CHROMIUM === undefined)('the example page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'metagrad-page-'));
  const source = (path: string): string => join(root, path, 'index.ts');
  let modules: readonly string[];
  let server: PreviewServer;

  beforeAll(async () => {
    const built = (await build({
      root: join(root, 'examples/browser'),
      configFile: false,
      logLevel: 'silent',
      build: { outDir: folder },
      resolve: {
        alias: [
          { find: /^metagrad$/, replacement: source('engine') },
          { find: 'metagrad/nn', replacement: source('engine/nn') },
          { find: 'metagrad/optimizers', replacement: source('optimizers') },
        ],
      },
    })) as Rolldown.RolldownOutput;
    modules = built.output.flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []));
    server = await preview({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      build: { outDir: folder },
      preview: { host: '127.0.0.1', port: 0, allowedHosts: true },
    });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  it('is bundled without anything of Node', () => {
    expect(modules).toContain(source('engine'));
    expect(modules.filter((id) => /\/webgpu\/|browser-external:/.test(id))).toEqual([]);
  });

  // Only pages from this machine, or by https from anywhere, have WebGPU.
  it.each([
    ['webgpu', 'localhost', /^google, swiftshader/],
    ['webgl2', 'elsewhere.test', /^ANGLE .*SwiftShader/],
  ] as const)('learns on %s from %s', async (_, host, adapter) => {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '',
      args: [...chromiumFlags, '--host-resolver-rules=MAP elsewhere.test 127.0.0.1'],
    });
    try {
      const page = await browser.newPage();
      const failed = new Promise<never>((__, reject) => page.once('pageerror', reject));
      await page.goto(server.resolvedUrls!.local[0].replace('127.0.0.1', host));
      const log = page.locator('#log', { hasText: 'computed by' });
      const text = await Promise.race([log.textContent({ timeout: 60_000 }), failed]);
      const losses = Array.from(text!.matchAll(/loss (\S+)/g), ([, loss]) => Number(loss));
      expect(losses).toHaveLength(20);
      expect(losses.at(-1)).toBeLessThan(losses[0] / 3);
      expect(/computed by (.*)/.exec(text!)![1]).toMatch(adapter);
    } finally {
      await browser.close();
    }
  });
});
