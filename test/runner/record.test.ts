import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registrationHash } from '../../experiments/runner/record/registration.js';
import { packageInfo } from '../../experiments/files/packageInfo.js';
import { writeJson } from '../../experiments/text/json.js';
import {
  createRunFolder,
  executedBy,
  resumeRecord,
  startRecord,
} from '../../experiments/runner/record/record.js';
import { toyConfig } from './toyStudy.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runs-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

describe('createRunFolder', () => {
  const time = new Date(2026, 10, 5, 4, 3, 2);

  it('names the folder by study and local time, and never takes one that exists', () => {
    const runs = join(root, 'deep', 'runs');
    const first = createRunFolder(runs, 'warm-start', time);
    expect(first).toBe(join(runs, 'warm-start-20261105-040302'));
    writeFileSync(join(first, 'summary.json'), 'mine');
    expect(createRunFolder(runs, 'warm-start', time)).toBe(`${first}-2`);
    expect(createRunFolder(runs, 'warm-start', time)).toBe(`${first}-3`);
    expect(readFileSync(join(first, 'summary.json'), 'utf8')).toBe('mine');
    expect(readdirSync(`${first}-2`)).toEqual([]);
  });

  it.each(['', '../elsewhere', 'a/b', '.hidden', 'a b'])('refuses the name %j', (name) => {
    expect(() => createRunFolder(root, name, time)).toThrow(
      `createRunFolder: '${name}' is no name for a run`,
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it('says clearly where it cannot write', () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    expect(() => createRunFolder(file, 'warm-start', time)).toThrow(
      new RegExp(`^createRunFolder: cannot write to ${file} \\(.*\\); choose another folder for runs\\.$`),
    );
  });
});

describe('executedBy', () => {
  it('names the backend, with the width of vectors on wasm', () => {
    const asked = { backend: 'wasm', simd: 128 } as const;
    expect(executedBy(asked)).toEqual({ asked, ran: 'wasm 128' });
    expect(executedBy().ran).toMatch(/^wasm (128|256)$/);
    expect(executedBy({ backend: 'cpu' }).ran).toBe('cpu');
  });
});

describe('startRecord', () => {
  const request = {
    study: 'warm-start',
    reference: 'warm-start',
    seed: 3,
    backend: { asked: { backend: 'wasm' }, ran: 'wasm' } as const,
    metrics: { loss: { title: 'cross-entropy', better: 'lower' } } as const,
    config: { epochs: 30, lr: [1e-5, 1e-1] },
  };

  it('says at once how to repeat the run, and that it is running', () => {
    const record = startRecord(root, request, () => new Date('2026-11-05T04:03:02Z'));
    expect(readJson(record.path('config.json'))).toEqual({
      ...request,
      ...{ format: 4, quick: false },
      versions: { metagrad: packageInfo().version, node: process.versions.node },
      machine: {
        platform: `${process.platform} ${process.arch}`,
        cpu: expect.any(String) as string,
        cores: expect.any(Number) as number,
      },
      startedAt: '2026-11-05T04:03:02.000Z',
      registration: {
        sha256: registrationHash('warm-start', request.config),
        registeredAt: '2026-11-05T04:03:02.000Z',
      },
    });
    expect(readJson(record.path('summary.json'))).toEqual({ status: 'running' });
  });

  it.each(['complete', 'interrupted'] as const)('says how it ended: %s', (status) => {
    const times = [new Date(1000), new Date(91_500)];
    const record = startRecord(root, request, () => times.shift()!);
    record.finish(status, { cold: { loss: 1.25 }, diverged: [NaN, -Infinity, null] });
    expect(readJson(record.path('summary.json'))).toEqual({
      status,
      seconds: 90.5,
      results: { cold: { loss: 1.25 }, diverged: ['NaN', '-Infinity', null] },
    });
    expect(readdirSync(record.folder).sort()).toEqual(['config.json', 'summary.json']);
  });
});

describe('resumeRecord', () => {
  const request = {
    study: 'toy',
    reference: 'toy',
    seed: 0,
    backend: executedBy({ backend: 'wasm' }),
    metrics: { loss: { title: 'cross-entropy', better: 'lower' } } as const,
    config: toyConfig(),
  };

  it('goes on with a run that was killed before it had a summary, and with one that failed', () => {
    const { folder, path } = startRecord(root, request);
    rmSync(path('summary.json'));
    resumeRecord(folder).fail(new Error('no luck'));
    expect(readJson(path('summary.json'))).toEqual({
      status: 'failed',
      seconds: expect.any(Number) as number,
      error: 'Error: no luck',
    });
    expect(resumeRecord(folder).config).toMatchObject({ study: 'toy' });
  });

  it('warns where it goes on with vectors of another width than the record says', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const asked = { backend: 'wasm', simd: 128 } as const;
    const { folder } = startRecord(root, { ...request, backend: { asked, ran: 'wasm 256' } });
    resumeRecord(folder);
    expect(warn.mock.calls).toEqual([[`${folder} was begun on wasm 256, and goes on with wasm 128.`]]);
    warn.mockRestore();
  });

  it('writes nothing where vectors of the width that is asked for cannot be had', () => {
    const { folder, path } = startRecord(root, request);
    vi.stubEnv('METAGRAD_SIMD', 'wide');
    expect(() => resumeRecord(folder)).toThrow(
      /^METAGRAD_SIMD: the environment variable METAGRAD_SIMD is 128, 256 or auto/,
    );
    vi.unstubAllEnvs();
    expect(readJson(path('summary.json'))).toEqual({ status: 'running' });
  });

  it.each([
    'null',
    '{}',
    '{"reference": "toy", "versions": {"metagrad": "0"}, "backend": {"asked": {}}, "config": {}}',
  ])('refuses a configuration that is none: %s', (text) => {
    const { folder, path } = startRecord(root, request);
    writeFileSync(path('config.json'), text);
    expect(() => resumeRecord(folder)).toThrow(/config\.json of .* is not what a run writes/);
  });
});

describe('writeJson', () => {
  it('replaces the whole file at once: who has the old one open still reads all of it', () => {
    const path = join(root, 'summary.json');
    writeJson(path, { status: 'running' });
    const opened = openSync(path, 'r');
    writeJson(path, { status: 'complete' });
    expect(JSON.parse(readFileSync(opened, 'utf8'))).toEqual({ status: 'running' });
    closeSync(opened);
    expect(readJson(path)).toEqual({ status: 'complete' });
    expect(readdirSync(root)).toEqual(['summary.json']);
  });

  it('keeps what was there, and leaves no litter, where it fails', () => {
    const path = join(root, 'summary.json');
    writeJson(path, { status: 'running' });
    const cyclic: { self?: object } = {};
    cyclic.self = cyclic;
    expect(() => {
      writeJson(path, cyclic);
    }).toThrow('circular');
    expect(readJson(path)).toEqual({ status: 'running' });
    mkdirSync(join(root, 'a folder.json'));
    expect(() => {
      writeJson(join(root, 'a folder.json'), {});
    }).toThrow();
    expect(readdirSync(root).sort()).toEqual(['a folder.json', 'summary.json']);
  });
});

describe('packageInfo', () => {
  it('finds the package, from the sources as from dist', () => {
    const { root: folder, version } = packageInfo();
    const content = readJson(join(folder, 'package.json')) as { name: string; version: string };
    expect(content.name).toBe('metagrad');
    expect(version).toBe(content.version);
  });
});
