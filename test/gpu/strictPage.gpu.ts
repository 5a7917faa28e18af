/** A page under a Content-Security-Policy in a real browser. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumFlags } from '../../vitest.gpu.config.js';
import { bundleEngine } from '../engineBundle.js';
import { type StrictResults, strictProgram } from '../strictPage.js';

const page = '<!doctype html><script type="module" src="/program.mjs"></script><title>strict</title>';
const publish = 'globalThis.computed = results();';

describe.skipIf(process.env.CHROMIUM === undefined)('a page with a Content-Security-Policy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'metagrad-strict-'));
  let policy = '';
  let server: Server;

  beforeAll(async () => {
    const program = readFileSync(await bundleEngine(folder, `${strictProgram}\n${publish}`));
    server = createServer(({ url }, response) => {
      const isProgram = url === '/program.mjs';
      response.setHeader('Content-Security-Policy', policy);
      response.setHeader('Content-Type', isProgram ? 'text/javascript' : 'text/html');
      response.end(isProgram ? program : page);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  async function visit(scriptPolicy: string): Promise<StrictResults> {
    policy = scriptPolicy;
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '',
      args: [...chromiumFlags],
    });
    try {
      const tab = await browser.newPage();
      const failed = new Promise<never>((__, reject) => tab.once('pageerror', reject));
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const computed = tab.waitForFunction('globalThis.computed !== undefined', undefined, {
        timeout: 60_000,
      });
      await Promise.race([computed, failed]);
      return await tab.evaluate<StrictResults>('globalThis.computed');
    } finally {
      await browser.close();
    }
  }

  it("takes gradients under script-src 'self', and compile says what it needs", async () => {
    const free = await visit('');
    const strict = await visit("script-src 'self'");
    expect(free).toMatchObject({ eagerProducts: 'wasm', compile: '' });
    expect(strict.gradient).toEqual(free.gradient);
    expect(strict.plan).toEqual(free.plan);
    expect(strict.eagerProducts).toBe('cpu');
    expect(strict.product).toEqual(free.productOnCpu);
    expect(strict.compile).toMatch(/^UsageError: compile.*'wasm-unsafe-eval'/);
  });

  it("compiles under script-src 'self' 'wasm-unsafe-eval'", async () => {
    expect(await visit("script-src 'self' 'wasm-unsafe-eval'")).toMatchObject({
      eagerProducts: 'wasm',
      compile: '',
    });
  });
});
