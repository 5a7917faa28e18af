/** `metagrad studies` on a journal that Optuna 3.1 wrote: 16 trials of a conditional space, one pruned, one failed. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { capturePrints, metagrad, printed } from './commandLine.js';

const folder = mkdtempSync(join(tmpdir(), 'metagrad-studies-'));
const journal = join(folder, 'optuna.log');
copyFileSync(fileURLToPath(new URL('../fixtures/tuning/optuna.log', import.meta.url)), journal);

capturePrints();

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const studies = (...words: string[]): Promise<number> => metagrad('studies', ...words);

describe('metagrad studies', () => {
  it('lists, shows and names the best', async () => {
    expect(await studies('list', journal)).toBe(0);
    expect(printed.out).toMatch(/by optuna +maximize +16 trials: 14 complete, 1 pruned, 1 failed +-0\.6412/);
    printed.out = '';
    await studies('show', journal);
    expect(printed.out.trim().split('\n')).toHaveLength(2 + 2 + 16);
    expect(printed.out).toMatch(/ 9 +fail +- /);
    printed.out = '';
    await studies('best', journal);
    expect(printed.out).toContain('-0.6411626288466503 in trial 2 of 16');
    expect(printed.out).toMatch(/lr +0\.0009634681692624375\n/);
    expect(printed.err).toBe('');
  });

  it('exports what it read, to a file or to standard output', async () => {
    await studies('export', journal);
    const [header, first] = printed.out.split('\n');
    expect(header).toBe('trial,state,value,seconds,params.lr,params.depth,params.rule,params.momentum');
    expect(first).toMatch(/^0,complete,-0\.8351100235128701,[\d.]+,0\.0012164941464151843,6,adam,$/);
    const file = join(folder, 'study.json');
    expect(await studies('export', journal, '--format', 'json', '--out', file)).toBe(0);
    const told = JSON.parse(readFileSync(file, 'utf8')) as {
      trials: { state: string; intermediateValues: object }[];
    };
    expect(told.trials).toHaveLength(16);
    expect(told.trials[7]).toMatchObject({
      state: 'pruned',
      intermediateValues: { 2: expect.any(Number) as number },
    });
  });

  it('measures importance, and says how', async () => {
    await studies('importance', journal);
    expect(printed.out).toMatch(
      /^PED-ANOVA, log ranges measured in log\(x\)\n\nparameter +share\n.*\nlr +0\.7/,
    );
    printed.out = '';
    await studies('importance', journal, '--method', 'fanova', '--scale', 'raw');
    expect(printed.out).toMatch(
      /^fANOVA, log ranges measured as they are\n\nparameter +share +deviation over forests\n/,
    );
    expect(printed.out).toContain('left out: momentum');
  });

  it('draws every picture as PNG and SVG, and a page of all', async () => {
    const pictures = join(folder, 'pictures');
    expect(await studies('plot', journal, '--out', pictures)).toBe(0);
    const kinds = ['history', 'importance', 'intermediate', 'parallel', 'slice'];
    expect(readdirSync(pictures).sort()).toEqual(
      [
        'by-optuna.html',
        ...kinds.flatMap((kind) => [`by-optuna-${kind}.png`, `by-optuna-${kind}.svg`]),
      ].sort(),
    );
  });

  it('writes nothing to the journal, nor beside it', async () => {
    const before = readFileSync(journal);
    await studies('list', journal);
    expect(readFileSync(journal).equals(before)).toBe(true);
    expect(existsSync(`${journal}.lock`)).toBe(false);
  });

  it.each([
    [['list', '/nope/study.log'], 1, 'metagrad: studies: there is no file /nope/study.log; name a journal.'],
    [['best', journal, '--name', 'other'], 1, "has no study 'other', but 'by optuna'."],
    [['plot', journal, '--frob'], 2, "metagrad: unknown option '--frob'"],
    [['export', journal, '--format', 'xml'], 2, 'Allowed choices are csv, json.'],
    [['show'], 2, "missing required argument 'journal'"],
  ])('answers %j with one clear line', async (words, code, message) => {
    expect(await studies(...words)).toBe(code);
    expect(printed.err.trimEnd().split('\n')).toHaveLength(1);
    expect(printed.err).toContain(message);
    expect(printed.out).toBe('');
  });

  it('names the line of a journal that is damaged, and asks which study of several', async () => {
    const lines = readFileSync(journal, 'utf8').split('\n');
    const damaged = join(folder, 'damaged.log');
    writeFileSync(damaged, [...lines.slice(0, 5), '{"op_code": 5, ', ...lines.slice(5)].join('\n'));
    expect(await studies('list', damaged)).toBe(1);
    expect(printed.err).toContain('line 6 is not JSON');
    printed.err = '';
    const several = join(folder, 'several.log');
    const other = '{"op_code": 0, "worker_id": "w", "study_name": "second", "directions": [1]}\n';
    writeFileSync(several, lines.join('\n') + other);
    expect(await studies('best', several)).toBe(1);
    expect(printed.err).toContain("has several studies, 'by optuna', 'second'; choose one by --name.");
    expect(await studies('best', several, '--name', 'secnd')).toBe(1);
    expect(printed.err).toContain("has no study 'secnd', but 'by optuna', 'second'. Did you mean 'second'?");
  });
});

describe('metagrad tune with a command line that makes no sense', () => {
  it.each([
    ['--frob', "unknown option '--frob'"],
    ['--trials 0', 'It must be an integer, 1 or more.'],
    ['--workers two', 'It must be an integer, 1 or more.'],
    ['--sampler best', 'Allowed choices are tpe, random, grid.'],
    ['--pruner percentile', 'It must be never, median, halving'],
    ['--pruner medain', "Did you mean 'median'?"],
    ['--sampler random --profile 3.1', '--profile 3.1 goes only with --sampler tpe'],
    ['--resume', '--resume needs --journal <file>'],
  ])('%s', async (words, message) => {
    expect(await metagrad('tune', 'objective.js', ...words.split(' '))).toBe(2);
    expect(printed.err).toMatch(/^metagrad: /);
    expect(printed.err.trimEnd().split('\n')).toHaveLength(1);
    expect(printed.err).toContain(message);
  });

  it('or with a module that is none', async () => {
    expect(await metagrad('tune', '/nope/objective.js')).toBe(1);
    expect(printed.err).toMatch(/^metagrad: objective: there is no file \/nope\/objective\.js; /);
    expect(printed.err.trimEnd().split('\n')).toHaveLength(1);
  });
});
