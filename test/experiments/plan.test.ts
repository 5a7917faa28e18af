/** `metagrad plan`: a pilot of a study or of an optimizer, and what it says of the seeds to run. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { plannedStudy } from '../../experiments/commands/plannedStudy.js';
import { readConfig, readSummary } from '../../experiments/runner/record/recordFiles.js';
import { resolvedToSources, root } from '../sources.js';
import { capturePrints, metagrad, printed } from './commandLine.js';
import { folder, moduleOf } from './ruleModules.js';

vi.mock('../../experiments/report/draw/figure.js', async (original) =>
  (await import('./drawnFigures.js')).drawnFigures(() => original()),
);

capturePrints();

const tiny = join(folder, 'tiny.yaml');
writeFileSync(tiny, 'task: { samples: 100 }\nepochs: { tune: 1, final: 1 }\ntrials: 1\n');
const execution = ['--workers', '1', '--quiet'];

interface PlanFile {
  readonly seeds: number;
  readonly command: string;
  readonly claims: readonly { readonly id: string; readonly pairs: number; readonly margin: number }[];
}

const planIn = (run: string): PlanFile =>
  JSON.parse(readFileSync(join(run, 'plan.json'), 'utf8')) as PlanFile;

describe('of an optimizer', () => {
  const runs = join(folder, 'pilots');
  const module = moduleOf('own', 'export default plain();');
  const words = ['plan', module, '--task', 'spirals', '--baselines', 'adam,sgd', '--config', tiny];

  test('plans the run of a reference to a comparison', async () => {
    const reference = `compare:spirals:sgd:${module}`;
    const { study, ...planned } = await plannedStudy(reference, {});
    expect(study.name).toBe('compare-plain-spirals');
    expect(planned).toEqual({ reference, command: `metagrad run ${reference}` });
  });

  test('says which seeds decide the comparison, and how to run it', async () => {
    expect(await metagrad(...words, '--pilot', '3', '--most', '7', ...execution, '--out', runs)).toBe(0);
    expect(printed.err).toBe('');
    const run = join(runs, readdirSync(runs)[0]);
    const { seeds, command, claims } = planIn(run);
    expect(claims.map(({ id }) => id)).toEqual(['vs adam', 'vs sgd']);
    expect(seeds).toBe(Math.min(7, Math.max(...claims.map(({ pairs }) => pairs))));
    expect(command).toBe(
      `metagrad compare ${module} --tasks spirals --baselines adam,sgd --config ${tiny} --seed 0 --seeds ${seeds}`,
    );
    expect(printed.out).toContain(`run      ${command}\n`);
    expect(printed.out).toMatch(/vs adam +lower +0\.02 +97\.5 % +[\d.]+ +(\d+|> 10000) /);
    expect(readFileSync(join(run, 'plan.csv'), 'utf8').split('\n')).toHaveLength(4);

    const { pilot, config, seed } = readConfig(run);
    expect(pilot).toBe(command.replace(/\d+$/, 'N'));
    expect(config).toMatchObject({ seeds: 3, searches: 3, reproductions: 0, seed });
    expect(seed).not.toBe(0);
    expect(readSummary(run).note).toBe(`pilot: to plan \`${pilot!}\` from, not to conclude from`);

    printed.out = '';
    expect(await metagrad('report', run)).toBe(0);
    expect(printed.out).toContain(`\npilot: to plan \`${pilot!}\` from, not to conclude from\n`);

    printed.out = '';
    const before = readFileSync(join(run, 'finished.jsonl'), 'utf8');
    expect(await metagrad('plan', '--resume', run, '--margin', '0.5', '--power', '0.9')).toBe(0);
    expect(planIn(run)).toMatchObject({
      margin: 0.5,
      power: 0.9,
      claims: [{ margin: 0.5 }, { margin: 0.5 }],
    });
    expect(planIn(run).claims[0].pairs).toBeLessThan(claims[0].pairs);
    expect(readFileSync(join(run, 'finished.jsonl'), 'utf8')).toBe(before);

    // The command is what compare understands.
    const [, ...planned] = command.split(' ');
    const [few, out] = [['--seeds', '2'], join(folder, 'planned')];
    expect(await metagrad(...planned.slice(0, -2), ...few, ...execution, '--out', out)).toBe(0);
    const [confirmed] = readdirSync(out);
    expect(readConfig(join(out, confirmed))).toMatchObject({ config: { seed: 0, trials: 1 } });
  });
});

test('of a study in a module', async () => {
  const study = join(folder, 'regression.js');
  writeFileSync(study, resolvedToSources(readFileSync(join(root, 'examples/regression.js'), 'utf8')));
  const runs = join(folder, 'study');
  const words = ['--pilot', '2', '--quick', '--config', tiny, '--seed', '5', ...execution, '--out', runs];
  expect(await metagrad('plan', study, ...words)).toBe(0);
  const { seeds, command } = planIn(join(runs, readdirSync(runs)[0]));
  expect(command).toMatch(`metagrad run ${study} --quick --config ${tiny} --seed 5 --seeds ${seeds}`);
});

describe('refuses', () => {
  const runs = join(folder, 'refused');
  const plain = moduleOf('plain', 'export default plain();');
  const noClaims = join(folder, 'noClaims.yaml');
  writeFileSync(noClaims, 'claims: []\n');
  test.each([
    [[], 2, 'plan: give a study or a module, or --resume with the folder of a pilot.'],
    [['warm-strat'], 1, "there is no study 'warm-strat'; there are warm-start, "],
    [
      ['warm-start', '--task', 'spirals'],
      1,
      'plan: --task is for an optimizer of your own, and warm-start is a study',
    ],
    [
      ['warm-start', '--config', noClaims],
      1,
      'plan: warm-start has no claims, so there is nothing to plan for.',
    ],
    [['warm-start', '--pilot', '1'], 2, 'It must be an integer, 2 or more.'],
    [['warm-start', '--margin', '0'], 2, 'It must be a number above 0.'],
    [['warm-start', '--power', '1'], 2, 'It must be a number between 0 and 1.'],
    [[plain, '--baselines', 'adm'], 2, "There is no baseline 'adm'"],
    [['--resume', 'runs/x', '--quick', '--seed', '3'], 2, 'it began with; leave out --quick, --seed.'],
    [[moduleOf('noRule', 'export default 3;')], 1, "export 'default': must be a rule"],
  ])('%s', async (words, code, message) => {
    expect(
      await metagrad('plan', ...words, '--workers', '1', ...(words[0] === '--resume' ? [] : ['--out', runs])),
    ).toBe(code);
    expect(printed.err).toContain(message);
    expect(printed.err.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(runs)).toBe(false);
  });

  test('a run that is no pilot', async () => {
    const out = join(folder, 'noPilot');
    const small = ['--tasks', 'spirals', '--config', tiny, '--seeds', '1', '--baselines', 'sgd'];
    expect(await metagrad('compare', plain, ...small, ...execution, '--out', out)).toBe(0);
    printed.err = '';
    expect(await metagrad('plan', '--resume', join(out, readdirSync(out)[0]))).toBe(1);
    expect(printed.err).toMatch(/has a run that is no pilot; metagrad run --resume continues it\./);
  });
});
