/** What a run's folder promises: a loss is reported, and nothing is overwritten by less. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readSummary } from '../../experiments/runner/record/recordFiles.js';
import { program } from '../../experiments/studies/program.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import { interruptAt, toyConfig, toySettings, toyStudy } from '../runner/toyStudy.js';
import { capturePrints, printed } from './commandLine.js';
import { report, resume, root, run, small, tables, withFolder } from './toyFolders.js';

vi.mock('../../experiments/report/draw/figure.js', async (original) =>
  (await import('./drawnFigures.js')).drawnFigures(() => original()),
);

capturePrints();

describe('what is lost', () => {
  const emptied: readonly (readonly [string, (folder: string) => void, string])[] = [
    [
      'the log',
      (folder) => {
        unlinkSync(join(folder, 'finished.jsonl'));
      },
      'training plain 0: missing',
    ],
    [
      'the end of the log',
      (folder) => {
        const path = join(folder, 'finished.jsonl');
        const lines = readFileSync(path, 'utf8').split('\n');
        writeFileSync(path, `${lines.slice(0, 3).join('\n')}\n`);
      },
      'reproduction constant 0: missing',
    ],
    [
      'a journal',
      (folder) => {
        unlinkSync(join(folder, 'journals', 'plain.0.log'));
      },
      'search plain 0: 0 of 2 trials',
    ],
    [
      'the end of a journal',
      (folder) => {
        const path = join(folder, 'journals', 'plain.0.log');
        const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
        // From where the last trial began.
        const end = lines.findLastIndex((line) => line.includes('"op_code":4'));
        writeFileSync(path, `${lines.slice(0, end).join('\n')}\n`);
      },
      'search plain 0: 1 of 2 trials',
    ],
  ];

  test.each(emptied)('%s is reported by an error, and nothing is written', async (_, lose, message) => {
    const folder = await withFolder();
    const before = tables(folder);
    lose(folder);
    await expect(report(folder)).rejects.toThrow(message);
    await expect(report(folder)).rejects.toThrow(
      `measure again what is lost: metagrad run --resume ${folder}`,
    );
    expect(tables(folder)).toEqual(before);
    await resume(folder);
    await report(folder);
    expect(tables(folder)[1]).toBe(before[1]);
    expect(tables(folder)[0].split('\n').sort()).toEqual(before[0].split('\n').sort());
  });

  test('of a run that is not complete is what its tables had', async () => {
    const { record, status } = await run(toyConfig(small), { interrupt: interruptAt(18) });
    expect(status).toBe('interrupted');
    await report(record.folder);
    const before = tables(record.folder);
    truncateSync(record.path('finished.jsonl'));
    await expect(report(record.folder)).rejects.toThrow('training plain 0: 0 of the 12 rows in metrics.csv');
    expect(tables(record.folder)).toEqual(before);
    unlinkSync(record.path('journals/plain.0.log'));
    await expect(report(record.folder)).rejects.toThrow('search plain 0: 0 of the 2 rows in trials.csv');
    await resume(record.folder);
    await report(record.folder);
  });

  test('is not what an interruption, a resumption and another interruption leave', async () => {
    for (let pause = 2; pause < 30; pause += 9) {
      const { record } = await run(toyConfig(small), { interrupt: interruptAt(pause) });
      await report(record.folder);
      const again = await run(toyConfig(small), {
        place: { resume: record.folder },
        interrupt: interruptAt(1),
      });
      expect(again.status).toBe('interrupted');
      await report(record.folder);
    }
  });
});

describe('checkpoints', () => {
  test('that are missing, truncated or changed are reported, and trained again by a resumed run', async () => {
    const folder = await withFolder();
    const path = (name: string) => join(folder, 'checkpoints', name);
    const files = readdirSync(join(folder, 'checkpoints'));
    expect(files.sort()).toEqual(
      ['halved.0', 'halved.1', 'plain.0', 'plain.1'].map((name) => `${name}.safetensors`),
    );
    const before = files.map((file) => readFileSync(path(file)));
    expect((await report(folder)).warnings).toEqual([]);
    unlinkSync(path(files[0]));
    truncateSync(path(files[1]), 30);
    const changed = Uint8Array.from(before[2]);
    changed[changed.length - 1] ^= 1;
    writeFileSync(path(files[2]), changed);
    const { warnings, page } = await report(folder);
    const told = [
      /halved\.0\S* \(arm 'halved', seed 0\) is missing; the results do not/,
      /is cut short: 30 of/,
      /is not what/,
    ];
    expect(warnings).toHaveLength(3);
    for (const message of told) expect(warnings.filter((one) => message.test(one))).toHaveLength(1);
    expect(readFileSync(page, 'utf8')).toContain('is cut short: 30 of');
    const { data } = await resume(folder);
    expect(printed.err.match(/the trained parameters are lost/g)).toHaveLength(3);
    expect(files.map((file) => readFileSync(path(file)))).toEqual(before);
    expect((await report(folder)).warnings).toEqual([]);
    expect(data.trained).toHaveLength(2 * 5);
  });
});

describe('an error', () => {
  const config = toyConfig(small, { arms: { halved: null, swept: null }, claims: [] });
  let folder: string;

  /** Trainings the last of which does something to the folder of the run. */
  function endingWith(act: () => void): StudyDefinition {
    let trainings = 0;
    return {
      ...toyStudy(),
      programs: () => ({
        parabola: program(toySettings, function* ({ epochs }) {
          for (let i = 0; i < epochs; i++) yield { trainLoss: 1, loss: 1, accuracy: 1 };
          if (epochs === config.epochs.final && ++trainings === config.seeds) {
            folder = join(
              root,
              readdirSync(root).find((name) => existsSync(join(root, name, 'run.lock')))!,
            );
            act();
          }
          return undefined;
        }),
      }),
    };
  }

  test('in reading what was measured is noted in the record', async () => {
    const study = endingWith(() => {
      writeFileSync(join(folder, 'finished.jsonl'), 'no line\n', { flag: 'a' });
    });
    await expect(run(config, {}, study)).rejects.toThrow('the line is no finished job');
    expect(readSummary(folder)).toMatchObject({ status: 'failed' });
  });

  test('that cannot be noted in the record is the one that is thrown', async () => {
    const study = endingWith(() => {
      rmSync(join(folder, 'summary.json'));
      mkdirSync(join(folder, 'summary.json'));
      throw new Error('no luck');
    });
    await expect(run(config, {}, study)).rejects.toThrow('no luck');
    rmSync(folder, { recursive: true });
  });
});
