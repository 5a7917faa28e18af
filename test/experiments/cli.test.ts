import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from '../../experiments/cli.js';

let out = '';
let err = '';

beforeEach(() => {
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  vi.spyOn(console, 'log').mockImplementation((text: string) => (out += `${text}\n`));
});

afterEach(() => {
  vi.restoreAllMocks();
});

const metagrad = (line: string): Promise<number> => main(['node', 'metagrad', ...line.split(' ')]);

describe('a command line that makes no sense gets one clear line and exit code 2', () => {
  test.each([
    ['run nonsense', "There is no study 'nonsense'; see 'metagrad list'."],
    ['run', "missing required argument 'study'"],
    ['frobnicate', "unknown command 'frobnicate'"],
    ['run warm-start --frob', "unknown option '--frob'"],
    ['run warm-start --epochs 0', 'It must be a whole number, 1 or more.'],
    ['run warm-start --protocol dirty', 'Allowed choices are clean, seed.'],
  ])('%s', async (line, message) => {
    expect(await metagrad(line)).toBe(2);
    expect(err).toMatch(/^metagrad: /);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toContain(message);
    expect(out).toBe('');
  });
});

test('list names every study with its arms', async () => {
  expect(await metagrad('list')).toBe(0);
  expect(out).toMatch(/warm-start .*cold, warm, step reset, second moment/);
});

test('help says what the options are', async () => {
  expect(await metagrad('run --help')).toBe(0);
  expect(out).toContain('--quick');
});

describe('run', () => {
  const root = join(mkdtempSync(join(tmpdir(), 'metagrad-cli-')), 'runs');
  const small = `run warm-start --quick --samples 300 --epochs 1 --trials 1 --seeds 2 --quiet --out ${root}`;

  test('prints the arms, the claims, and where pictures and record are', async () => {
    expect(await metagrad(small)).toBe(0);
    expect(out).toMatch(/second moment +lr /);
    expect(out).toMatch(/W1 .*(supported|inconclusive)/);
    const [picture] = /\S+curves\.png/.exec(out) ?? [''];
    expect(existsSync(picture)).toBe(true);
    expect(readdirSync(join(picture, '..'))).toContain('summary.json');
    expect(err).toBe('');
    rmSync(root, { recursive: true });
  });

  test('a folder that cannot be written is an error, not a crash', async () => {
    expect(await metagrad(small.replace(root, '/dev/null/runs'))).toBe(1);
    expect(err).toMatch(/^metagrad: createRunFolder: cannot write to \/dev\/null\/runs/);
  });
});
