import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { UsageError } from '../../engine/index.js';
import { configOf, readOverrides } from '../../experiments/runner/configuration/overrides.js';
import { openStudy } from '../../experiments/runner/openStudy.js';
import type { StudyConfig } from '../../experiments/studies/config.js';
import { program } from '../../experiments/studies/program.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import { toyConfig, toyStudy } from './toyStudy.js';

const folder = mkdtempSync(join(tmpdir(), 'metagrad-overrides-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The toy's full preset with what a file says. */
function withFile(text: string): StudyConfig {
  const path = join(folder, 'my.yaml');
  writeFileSync(path, text);
  const file = readOverrides(path);
  return configOf('toy', toyStudy().presets.full, [file.values], file);
}

describe('a file of overrides', () => {
  test('changes what it names, and leaves the rest', () => {
    const config = withFile(
      'trials: 3\nepochs: { tune: 7 }\narms:\n  plain:\n    space:\n      lr: { high: 1 }\n',
    );
    const plain = { ...toyConfig().arms.plain, space: { lr: { low: 1e-5, high: 1, log: true } } };
    expect(config).toEqual({
      ...toyConfig({ trials: 3 }),
      epochs: { tune: 7, final: 3 },
      arms: { ...toyConfig().arms, plain },
    });
  });

  test('that is too long for one is refused before it is parsed', () => {
    expect(() => withFile('a: &a [1]\n'.repeat(100_000))).toThrow(
      /my\.yaml: 1000000 characters are more than a configuration can have, 262144;/,
    );
  });

  test.each([1_000, 20_000])('that is nested %d levels deep is refused', (depth) => {
    expect(() => withFile(`settings: ${'['.repeat(depth)}${']'.repeat(depth)}\n`)).toThrow(
      /my\.yaml: values are nested more than 100 levels deep; write fewer levels\./,
    );
    expect(() =>
      withFile(
        `settings:\n${Array.from({ length: depth / 10 }, (_, i) => `${' '.repeat(i)} a:`).join('\n')}`,
      ),
    ).toThrow(UsageError);
  });

  test('adds entries, takes away those that are null, and replaces lists', () => {
    const config = withFile(
      'claims: []\narms:\n  swept: { sweep: { values: [1, 2] } }\n  halved: null\n  new: { role: control, program: halved, description: new, tunedAs: plain }\n',
    );
    expect(Object.keys(config.arms)).toEqual(['plain', 'follower', 'swept', 'new']);
    expect(config.arms.swept.sweep).toEqual({ parameter: 'lr', values: [1, 2] });
    expect(config.claims).toEqual([]);
  });

  test('searches are as many as seeds, and one at least', () => {
    const { searches, ...preset } = toyStudy().presets.full;
    expect(searches).toBe(2);
    expect(configOf('toy', preset, [{ seeds: 7 }])).toEqual(toyConfig({ seeds: 7, searches: 7 }));
    expect(configOf('toy', preset, [{ seeds: 0 }]).searches).toBe(1);
    expect(configOf('toy', preset, [{ seeds: 7, searches: 3 }]).searches).toBe(3);
  });

  test('may be empty, and may be JSON', () => {
    expect(withFile('# nothing\n')).toEqual(toyConfig());
    expect(withFile('{"seeds": 1}')).toEqual(toyConfig({ seeds: 1 }));
  });

  test('is overridden by what comes later', () => {
    const config = configOf('toy', toyStudy().presets.full, [{ trials: 3, seeds: 2 }, { trials: 4 }]);
    expect(config).toEqual(toyConfig({ trials: 4, seeds: 2 }));
  });
});

const claim =
  '{ id: A, statement: a, arm: swept, against: [swept], measure: { kind: area }, test: lower, margin: 0.1 }';

describe('a mistake is reported with line and column', () => {
  test.each([
    ['trials: many\n', 'my.yaml:1:9 trials: Invalid input: expected number, received string'],
    ['seeds: 1\n\ntrials: 0\n', 'my.yaml:3:9 trials: Too small'],
    ['seeds: 1\nepochs:\n  tune: 1.5\n', 'my.yaml:3:9 epochs.tune: Invalid input: expected int'],
    ['arms:\n  plain:\n    role: hero\n', 'my.yaml:3:11 arms.plain.role: Invalid option'],
    [
      'arms:\n  plain:\n    space:\n      lr: { low: 0 }\n',
      'my.yaml:4:11 arms.plain.space.lr: a log range needs low > 0',
    ],
    ['arms:\n  plain:\n    space:\n      lr: { low: 2 }\n', 'low must not be above high'],
    [
      'arms:\n  plain:\n    space:\n      lr: { low: 0.5, high: 2, int: true }\n',
      'my.yaml:4:11 arms.plain.space.lr: a range of integers needs integers as low and high',
    ],
    [
      'arms:\n  plain:\n    space:\n      lr: { low: 1, high: 1.0e+16, int: true }\n',
      'my.yaml:4:11 arms.plain.space.lr: a range of integers needs integers as low and high, at most 2^53 - 1',
    ],
    [
      'arms:\n  plain:\n    space:\n      lr: { low: -1.0e+308, high: 1.0e+308, log: false }\n',
      'my.yaml:4:11 arms.plain.space.lr: it is wider than the largest number',
    ],
    [
      'arms:\n  plain:\n    space:\n      mode: { choices: [] }\n',
      'arms.plain.space.mode.choices: Too small',
    ],
    [
      `claims:\n  - ${claim.replace('kind: area', 'kind: logTuned, parameter: lr')}\n`,
      "claims.0.measure: it is the logarithm of 'lr', which arm 'swept' does not search among positive numbers",
    ],
    [
      `arms:\n  plain: { space: { lr: { low: 0, log: false } } }\nclaims:\n  - ${claim.replace('kind: area', 'kind: logTuned, parameter: lr').replaceAll('swept', 'plain')}\n`,
      "claims.0.measure: it is the logarithm of 'lr', which arm 'plain' does not search among positive numbers",
    ],
    [
      'arms:\n  plain:\n    space:\n      mode: { choices: [a, b, a] }\n',
      'my.yaml:4:24 arms.plain.space.mode.choices: a choice is given twice',
    ],
    [
      'arms:\n  halved:\n    tunedAs: plane\n',
      "my.yaml:3:14 arms.halved.tunedAs: there is no arm 'plane'; there are plain, follower, halved, swept",
    ],
    ['arms:\n  follower:\n    uses: [plain, x]\n', "my.yaml:3:19 arms.follower.uses.1: there is no arm 'x'"],
    ['arms:\n  halved: null\n', "claims.0.arm: there is no arm 'halved'"],
    ['arms:\n  plain: { space: null }\n', "arms.follower.uses.0: arm 'plain' is not tuned; give it a space"],
    [
      'arms:\n  halved: { tunedAs: swept }\n',
      "my.yaml:2:22 arms.halved.tunedAs: arm 'swept' is not tuned; give it a space",
    ],
    ['arms:\n  plain: { uses: [follower] }\n', 'my.yaml:2:10 arms.plain: it waits for itself to be tuned'],
    [
      'arms:\n  swept: { sweep: { values: [1, 2, 1] } }\n',
      'my.yaml:2:29 arms.swept.sweep.values: a value is given twice',
    ],
    [
      `claims:\n  - ${claim.replace('0.1', '0')}\n`,
      'claims.0.margin: a margin is above 0: the smallest difference that matters',
    ],
    [
      `arms:\n  swept: { sweep: { values: [0, 1] } }\nclaims:\n  - ${claim}\n`,
      "claims.0.measure: an area is over the logarithm of the swept values, and those of 'swept' are not all positive",
    ],
    [
      `claims:\n  - ${claim.replace('[swept]', '[plain]')}\n`,
      "claims.0.measure: it is over a sweep, and arm 'plain' has none",
    ],
    [
      `claims:\n  - ${claim.replace('kind: area', 'kind: area, low: 5.0e-3')}\n`,
      "claims.0.measure: an area needs 2 values of the sweep at least, and 'swept' has 1 from 0.005 to Infinity, of 0.0001, 0.001, 0.01",
    ],
    [
      `claims:\n  - ${claim.replace('kind: area', 'kind: area, low: 1, high: 1')}\n`,
      'claims.0.measure: low, 1, must be below high, 1',
    ],
    [
      `claims:\n  - ${claim.replace('kind: area', 'kind: epochsTo, values: [1]')}\n`,
      "claims.0.measure: arm 'swept' is swept, and it is of single trainings; measure 'area' or 'excess'",
    ],
    [
      `claims:\n  - ${claim.replace('kind: area', 'kind: epochsBetter, arm: follwer').replaceAll('swept', 'plain')}\n`,
      "claims.0.measure.arm: there is no arm 'follwer'; there are plain, follower, halved, swept. Did you mean 'follower'?",
    ],
    [
      `claims:\n  - ${claim.replace('against: [swept]', 'against: []')}\n`,
      'claims.0.against: there is nothing to compare with; name arms here, or give a number as `value`',
    ],
    [
      `claims:\n  - ${claim.replace('measure', 'value: 1, measure')}\n`,
      'claims.0.value: it is compared with arms or with a value; leave out `against` or `value`',
    ],
    [
      `claims:\n  - ${claim.replace('measure', 'checks: [A], measure')}\n`,
      'claims.0.checks.0: a claim cannot be a check of itself',
    ],
    [
      `claims:\n  - ${claim.replace('measure', 'checks: [move], measure')}\n  - ${claim.replace('id: A', 'id: moved')}\n`,
      "claims.0.checks.0: there is no claim 'move'; there are moved. Did you mean 'moved'?",
    ],
    [
      `claims:\n  - ${claim.replace('measure', 'checks: [B], measure')}\n  - ${claim.replace('id: A', 'id: B').replace('measure', 'checks: [A], measure')}\n`,
      "claims.0.checks.0: 'B' has checks itself; a check has none",
    ],
    [`claims:\n  - ${claim}\n`, "claims.0.against.0: arm 'swept' is compared with itself; name another"],
    [
      `claims:\n  - ${claim.replace('[swept]', '[plain, halved, plain]')}\n`,
      "claims.0.against.2: 'plain' is there twice; leave one out",
    ],
    [
      `claims:\n  - ${claim.replace('measure', 'checks: [B, B], measure')}\n  - ${claim.replace('id: A', 'id: B')}\n`,
      "claims.0.checks.1: 'B' is there twice; leave one out",
    ],
    [
      `claims:\n  - ${claim.replace('kind: area', 'kind: epochsBetter, arm: swept')}\n`,
      "claims.0.measure.arm: arm 'swept' is never better than itself; name another",
    ],
    [`claims:\n  - ${claim}\n  - ${claim}\n`, "claims.1.id: another claim is called 'A' too"],
    [
      'arms:\n  halved: { firstTrials: 5 }\n',
      'arms.halved.firstTrials: a search has 4 trials; write 4 at most',
    ],
    [
      'arms:\n  plain: { firstTrials: 2 }\n',
      'arms.plain.firstTrials: it is about the search of another arm; name that in `tunedAs`',
    ],
    // What earlier versions had.
    [
      `claims:\n  - ${claim.replace('kind: area', 'kind: epochsTo, value: 1')}\n`,
      "claims.0.measure.value: it is called 'values' now, a list, as in values: [0.5]",
    ],
    [
      `claims:\n  - ${claim.replace('kind: area', 'kind: epochsToReach, arm: plain, epoch: 1')}\n`,
      "claims.0.measure.epoch: it is called 'epochs' now, a list, as in epochs: [5, 10]",
    ],
    [
      `claims:\n  - ${claim.replace('area', 'secondsTo')}\n`,
      'seconds are described in a table and never judged; compare epochs by epochsTo',
    ],
    [
      `claims:\n  - ${claim.replace('{ kind: area }', '5')}\n`,
      'claims.0.measure: it needs a kind, one of metric,',
    ],
    [`claims:\n  - ${claim.replace('area', 'logSpread')}\n`, "there is no logSpread any more; 'excess' is"],
    [
      `claims:\n  - ${claim.replace('area', 'exces')}\n`,
      "there is no measure 'exces'; there are metric, epochsTo, epochsToReach, epochsBetter, range, logTuned, area, excess. Did you mean 'excess'?",
    ],
    [
      `claims:\n  - ${claim.replace('lower', 'lowerThroughout')}\n`,
      "claims.0.test: there is no lowerThroughout any more; measure 'epochsBetter'",
    ],
    ['trails: 3\n', 'my.yaml:1:9 trails: Unrecognized key: "trails"'],
    // A setting of the task, and another name in 0.1.
    ['samples: 60\n', 'my.yaml:1:10 samples: Unrecognized key: "samples". Did you mean \'task.samples\'?'],
    ['arms:\n  plain:\n    lr: 1\n', 'Unrecognized key: "lr". Did you mean \'space.lr\'?'],
    ['replicas: 1\n', 'Unrecognized key: "replicas". Did you mean \'reproductions\'?'],
    [
      `claims:\n  - ${claim.replace('}, test', '}, asWritten: [], test')}\n`,
      'Unrecognized key: "asWritten". Did you mean \'reproductions\'?',
    ],
    ['arms:\n  plain:\n    colour: red\n', 'my.yaml:3:13 arms.plain.colour: Unrecognized key: "colour"'],
  ])('%j', (text, message) => {
    expect(() => withFile(text)).toThrow(UsageError);
    expect(() => withFile(text)).toThrow(message);
  });

  test('but not what is right beside it', () => {
    const { claims, arms } = withFile(
      `arms:\n  swept: { sweep: { values: [1, 2] } }\nclaims:\n  - ${claim.replace('against: [swept]', 'value: 0')}\n`,
    );
    expect(claims[0]).toMatchObject({ test: 'lower', margin: 0.1 });
    expect(arms.swept.sweep?.values).toEqual([1, 2]);
  });

  test('all of it at once', () => {
    expect(() => withFile('trials: 0\nseeds: -1\n')).toThrow(
      /^toy: the configuration is wrong; mend it\.\n {2}\S+my\.yaml:1:9 trials: .*\n {2}\S+my\.yaml:2:8 seeds: /,
    );
  });

  test.each([
    ['trials: [1,\n', /my\.yaml:2:1: .* Mend the file\.$/],
    ['a: 1\n a: 2\n', /my\.yaml:\d:\d: .* Mend the file\.$/],
    ['seeds: 1\nseeds: 2\n', /my\.yaml:2:1: .*unique.* Mend the file\.$/],
    ['{"a""b"}\n', /my\.yaml:1:5: Missing , or : between flow map items\. Mend the file\.$/],
    ['- trials\n', /my\.yaml:1:1: the file must hold names with values, as in `seeds: 10`, not a list\.$/],
    ['trials\n', /not a single value\.$/],
  ])('a file that is none: %j', (text, message) => {
    expect(() => withFile(text)).toThrow(message);
  });

  test('a file that is not there', () => {
    expect(() => readOverrides(join(folder, 'none.yaml'))).toThrow(
      /none\.yaml: cannot be read .*give the path of a YAML file\.$/,
    );
  });
});

describe('settings and spaces that no program declares, or that are not as declared,', () => {
  const schema = z.strictObject({
    lr: z.number().positive(),
    horizon: z.int().positive().default(1),
    mode: z.enum(['log', 'raw']).optional(),
  });
  const study: StudyDefinition = {
    ...toyStudy(),
    programs: () =>
      Object.fromEntries(
        ['parabola', 'following', 'halved'].map((name) => [
          name,
          // eslint-disable-next-line require-yield
          program(schema, function* () {
            return undefined;
          }),
        ]),
      ),
  };
  const check = (text: string) => (): void => {
    const path = join(folder, 'my.yaml');
    writeFileSync(path, text);
    const file = readOverrides(path);
    const config = configOf('toy', study.presets.full, [file.values], file);
    openStudy(study, config, {}, file.placeOf);
  };

  test('are refused with their place, all at once', () => {
    const text =
      'settings: { hot: 1 }\narms:\n  plain:\n    settings: { horizn: 2 }\n    space:\n      lrr: { low: 1, high: 2 }\n';
    const messages = [
      'my.yaml:1:18 settings.hot: no program of the study reads it; there are lr, horizon, mode',
      "my.yaml:4:25 arms.plain.settings.horizn: program 'parabola' has no setting 'horizn'; there are lr, horizon, mode. Did you mean 'horizon'?",
      "my.yaml:6:12 arms.plain.space.lrr: program 'parabola' has no setting 'lrr'; there are lr, horizon, mode. Did you mean 'lr'?",
    ];
    for (const message of messages) expect(check(text)).toThrow(message);
  });

  test.each([
    ['five', 'Invalid input: expected number, received string'],
    ['2.5', 'Invalid input: expected int, received number'],
    ['0', 'Too small: expected number to be >0'],
  ])('horizon: %s', (value, message) => {
    expect(check(`seeds: 1\nsettings:\n  horizon: ${value}\n`)).toThrow(
      `my.yaml:3:12 settings.horizon: ${message}`,
    );
    expect(check(`arms:\n  plain:\n    settings: { horizon: ${value} }\n`)).toThrow(
      `my.yaml:3:26 arms.plain.settings.horizon: ${message}`,
    );
  });

  test.each([
    [
      'arms:\n  plain: { program: parabla }\n',
      "my.yaml:2:21 arms.plain.program: the arm is to be trained by 'parabla'",
    ],
    [
      'arms:\n  plain:\n    space:\n      lr: { low: -1, high: 2, log: false }\n',
      'my.yaml:4:11 arms.plain.space.lr: Too small: expected number to be >0',
    ],
    [
      'arms:\n  swept: { sweep: { values: [-1, 2] } }\n',
      'my.yaml:2:29 arms.swept.sweep.values: Too small: expected number to be >0',
    ],
    [
      'arms:\n  swept: { sweep: { parameter: lt } }\n',
      "my.yaml:2:32 arms.swept.sweep.parameter: program 'parabola' has no setting 'lt'",
    ],
    [
      'arms:\n  plain: { settings: { mode: lin } }\n',
      'my.yaml:2:30 arms.plain.settings.mode: Invalid option: expected one of "log"|"raw"',
    ],
    [
      'arms:\n  plain:\n    space:\n      mode: { choices: [log, lin] }\n',
      'my.yaml:4:13 arms.plain.space.mode: Invalid option: expected one of "log"|"raw"',
    ],
    [
      'arms:\n  plain:\n    space:\n      horizon: { low: 1.5, high: 3 }\n',
      'my.yaml:4:16 arms.plain.space.horizon: Invalid input: expected int, received number',
    ],
    [
      'arms:\n  plain:\n    space:\n      horizon: { low: 1, hgih: 2 }\n',
      'my.yaml:4:32 arms.plain.space.horizon.hgih: Unrecognized key: "hgih". Did you mean \'high\'?',
    ],
    [
      'arms:\n  plain:\n    space:\n      mode: { choices: [] }\n',
      'my.yaml:4:24 arms.plain.space.mode.choices: Too small',
    ],
    ['task: { samples: 3 }\n', 'my.yaml:1:18 task.samples: Too small'],
    [
      'task: { sampels: 30 }\n',
      `my.yaml:1:18 task.sampels: Unrecognized key: "sampels". Did you mean 'samples'?`,
    ],
    [
      'claims: []\narms:\n  swept: { sweep: null }\n',
      'my.yaml:3:10 arms.swept.settings.lr: Invalid input: expected number, received undefined',
    ],
  ])('%j', (text, message) => {
    expect(check(text)).toThrow(UsageError);
    expect(check(text)).toThrow(message);
  });

  test('but not those that are right, whoever sets them', () => {
    expect(check('settings: { horizon: 3 }\n')).not.toThrow();
    expect(
      check(
        'arms:\n  swept: { settings: { lr: 1 }, sweep: { parameter: horizon, values: [1, 2] } }\n  plain: { space: { horizon: { low: 1, high: 2, int: true }, mode: { choices: [log, raw] } } }\n',
      ),
    ).not.toThrow();
  });
});
