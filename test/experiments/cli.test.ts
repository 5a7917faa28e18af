import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import type { PlanChoice } from '../../experiments/runner/record/runStore.js';
import type { RunConfig } from '../../experiments/runner/record/recordFiles.js';
import { capturePrints, metagrad as metagradOf, printed } from './commandLine.js';

vi.mock('../../experiments/report/draw/figure.js', async (original) =>
  (await import('./drawnFigures.js')).drawnFigures(() => original()),
);

capturePrints();

const metagrad = (line: string): Promise<number> => metagradOf(...line.split(' '));

describe('a command line that makes no sense gets one clear line and exit code 2', () => {
  test.each([
    ['run nonsense', "There is no study 'nonsense'; there are warm-start, "],
    ['gradcheck matmull', "Did you mean 'matmul'?"],
    ['run gated_adm', "files that end in .js or .mjs. Did you mean 'gated-adam'?"],
    ['run warm-start --seeds 1e2', 'It must be an integer, 0 or more.'],
    ['run warm-start --seeds=', 'It must be an integer, 0 or more.'],
    ['run warm-start --workers 257', 'It must be an integer, from 1 to 256.'],
    ['run', 'run: give the name of a study, or --all, or --resume with the folder of a run.'],
    ['run warm-start --all', 'run: give the name of a study, or --all, or --resume'],
    ['frobnicate', "unknown command 'frobnicate'"],
    ['run warm-start --frob', "unknown option '--frob'"],
    ['run warm-start --epochs 0', 'It must be an integer, 1 or more.'],
    ['run warm-start --protocol dirty', 'Allowed choices are clean, seed.'],
    ['run warm-start --replicas 3', 'The option is called --reproductions now.'],
    ['run warm-start --mode webasm', 'run: --mode webasm goes only with --backend gpu or auto.'],
    [
      'run --resume runs/x --seeds 3 --config my.yaml --trials 2',
      'it began with; leave out --config, --trials, or begin',
    ],
  ])('%s', async (line, message) => {
    expect(await metagrad(line)).toBe(2);
    expect(printed.err).toMatch(/^metagrad: /);
    expect(printed.err.trimEnd().split('\n')).toHaveLength(1);
    expect(printed.err).toContain(message);
    expect(printed.out).toBe('');
  });
});

test.each([
  [
    'run warm-start --arms cold,wram',
    "there is no arm 'wram'; there are 'cold', 'cold, more epochs', 'warm', ",
  ],
  ['run warm-start --arms cold,wram', "Did you mean 'warm'?"],
])('the error for a misspelt arm suggests the nearest: %s', async (line, message) => {
  expect(await metagrad(line)).toBe(1);
  expect(printed.err).toContain(message);
});

test('list names every study with its arms', async () => {
  expect(await metagrad('list')).toBe(0);
  expect(printed.out).toMatch(/warm-start .*cold; cold, more epochs; warm; step reset; second moment/);
});

test('help says what the options are', async () => {
  expect(await metagrad('run --help')).toBe(0);
  expect(printed.out).toContain('--quick');
});

describe('run', () => {
  const root = join(mkdtempSync(join(tmpdir(), 'metagrad-cli-')), 'runs');
  const small = `run warm-start --quick --samples 300 --epochs 1 --trials 1 --seeds 2 --reproductions 0 --workers 1 --quiet --out ${root}`;

  test('prints the arms, the claims, and where pictures and record are', async () => {
    expect(await metagrad(small)).toBe(0);
    expect(printed.out).toMatch(/second moment +lr /);
    expect(printed.out).toMatch(/W1: (supported|inconclusive|refuted)/);
    expect(printed.out).toContain('\nquick: to see that all works, not to conclude from\n');
    const [, page] = /report +(\S+report\.html)/.exec(printed.out)!;
    expect(readdirSync(join(page, '..'))).toEqual(
      expect.arrayContaining(['config.json', 'curves.png', 'metrics.csv', 'report.html', 'summary.json']),
    );
    expect(printed.err).toBe('');
    rmSync(root, { recursive: true });
  });

  test('only some arms are those, what they need, and the claims that they decide', async () => {
    expect(await metagrad(`${small} --arms warm`)).toBe(0);
    expect(printed.out).toMatch(/W3 .*warm − cold/);
    expect(printed.out).not.toMatch(/step reset|W1|W4/);
    rmSync(root, { recursive: true });
    expect(await metagrad(`${small} --arms hot`)).toBe(1);
    expect(printed.err).toMatch(
      /^metagrad: run: there is no arm 'hot'; there are 'cold', 'cold, more epochs', 'warm', /,
    );
  });

  test('that is resumed may have more seeds, and its report says that they were added', async () => {
    expect(await metagrad(`${small} --arms cold,warm`)).toBe(0);
    const folder = /record +(\S+) /.exec(printed.out)![1];
    expect(printed.out).not.toContain('were added');
    printed.out = '';
    expect(await metagrad(`run --resume ${folder} --seeds 3 --workers 1 --quiet`)).toBe(0);
    const { config } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as RunConfig;
    expect(config).toMatchObject({ seeds: 3, searches: 3 });
    expect(printed.out).toContain('1 of 3 seeds, from seed 2 on, were added');
    expect(await metagrad(`run --resume ${folder} --seeds 2 --workers 1 --quiet`)).toBe(1);
    expect(printed.err).toContain('has 3 seeds, and a run keeps those that it has');
    rmSync(root, { recursive: true });
  });

  test('arms with commas in their names are named like others', async () => {
    const words =
      'run gated-adam --quick --samples 300 --epochs 1 --trials 1 --seeds 2 --reproductions 0 --quiet';
    const arms = ['--workers', '1', '--out', root, '--arms', 'adam,dynamic, scaled,adam, beta1'];
    expect(await metagradOf(...words.split(' '), ...arms)).toBe(0);
    const { config } = JSON.parse(
      readFileSync(join(/report +(\S+)report\.html/.exec(printed.out)![1], 'config.json'), 'utf8'),
    ) as { config: { arms: object } };
    expect(Object.keys(config.arms)).toEqual(['adam', 'adam, beta1', 'dynamic, scaled']);
    rmSync(root, { recursive: true });
  });

  test.each(['five', '2.5', '0'])('--horizon %s is refused', async (horizon) => {
    const words = ['run', 'blended', '--quick', '--horizon', horizon, '--quiet', '--out', root];
    expect(await metagradOf(...words)).toBe(2);
    expect(printed.err).toMatch(
      /^metagrad: option '--horizon <k>' argument '[\w.]+' is invalid. It must be .*1 or more/,
    );
    expect(existsSync(root)).toBe(false);
  });

  test.each(['five', '2.5', '0'])('horizon: %s in a file is refused with its place', async (horizon) => {
    const file = join(root, '..', 'horizon.yaml');
    writeFileSync(file, `seeds: 2\nsettings: { horizon: ${horizon} }\n`);
    expect(await metagradOf('run', 'gated-adam', '--config', file, '--out', root)).toBe(1);
    expect(printed.err).toContain(`  ${file}:2:22 settings.horizon: `);
    expect(existsSync(root)).toBe(false);
  });

  test('a setting that no program reads is an error, and nothing is begun', async () => {
    expect(await metagrad(`${small} --horizon 3`)).toBe(1);
    expect(printed.err).toMatch(
      /^metagrad: warm-start: the configuration is wrong; mend it.\n {2}settings.horizon: no program of the study reads it; there/,
    );
    expect(existsSync(root)).toBe(false);
  });

  test('with --backend auto and no device runs on wasm, and records that and why', async () => {
    expect(await metagrad(`${small} --arms cold --backend auto --mode headlessgl`)).toBe(0);
    const folder = join(/report +(\S+)report\.html/.exec(printed.out)![1]);
    const [config, plans, page] = ['config.json', 'plans.jsonl', 'report.html'].map((file) =>
      readFileSync(join(folder, file), 'utf8'),
    );
    const { backend } = JSON.parse(config) as RunConfig;
    expect(backend.asked).toEqual({ backend: 'auto', mode: 'headlessgl' });
    expect(backend.ran).toMatch(/^auto: wasm (128|256) \(.*gpu: /);
    const choices = plans
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PlanChoice);
    expect(choices.length).toBeGreaterThan(1);
    for (const { plan, backend, milliseconds, reason } of choices) {
      expect(plan).toMatch(/^(compile|training)\(.+\)$/);
      expect(backend).toBe('wasm');
      expect(milliseconds.wasm).toBeGreaterThan(0);
      expect(reason).toMatch(/^wasm [\d.e-]+ ms; .*gpu: /);
    }
    expect(page).toContain(`; ${choices.length} plans on wasm<`);
    rmSync(root, { recursive: true });
  });

  test('sizes that do not fit the data are an error, and nothing is begun', async () => {
    const file = join(root, '..', 'sizes.yaml');
    writeFileSync(file, 'task: { sizes: [41, 10] }');
    expect(await metagrad(`${small} --config ${file}`)).toBe(1);
    expect(printed.err).toBe(
      `metagrad: warm-start: the configuration is wrong; mend it.\n  ${file}:1:16 task.sizes: ` +
        '41-10 do not fit MNIST-1D, which has 40 inputs and 10 classes; the first must be 40, the last 10\n',
    );
    expect(existsSync(root)).toBe(false);
  });

  test('a folder that cannot be written is an error, not a crash', async () => {
    expect(await metagrad(small.replace(root, '/dev/null/runs'))).toBe(1);
    expect(printed.err).toMatch(/^metagrad: createRunFolder: cannot write to \/dev\/null\/runs/);
  });
});

describe('gradcheck', () => {
  test('checks the primitives that are named', async () => {
    expect(await metagrad('gradcheck sin matmul --order 2')).toBe(0);
    expect(printed.out).toMatch(/sin #0 .*right to order 2/);
    expect(printed.out).toContain('3 passed, 0 failed');
  });

  test('names the primitives that there are', async () => {
    expect(await metagrad('gradcheck sine')).toBe(2);
    expect(printed.err).toContain("There is no primitive 'sine'; they are ");
  });
});

describe('graph', () => {
  const folder = mkdtempSync(join(tmpdir(), 'metagrad-graph-'));
  const module = fileURLToPath(new URL('../fixtures/graph/square.ts', import.meta.url));

  test('draws the graph of a function and of its gradient', async () => {
    expect(await metagrad(`graph ${module} --out ${folder}/f.svg`)).toBe(0);
    expect(readFileSync(`${folder}/f.svg`, 'utf8')).toMatch(/<svg[^]*mul[^]*sum[^]*<\/svg>/);
    expect(await metagrad(`graph ${module} --gradient --format text --out ${folder}/g.txt`)).toBe(0);
    expect(readFileSync(`${folder}/g.txt`, 'utf8')).toMatch(/argument w[^]*VJP of mul[^]*return w: /);
  });

  test('says what a module lacks', async () => {
    expect(await metagrad('graph nowhere.js')).toBe(1);
    expect(printed.err).toMatch(
      /^metagrad: graph: there is no file nowhere.js; give the path of a JavaScript module/,
    );
  });
});
