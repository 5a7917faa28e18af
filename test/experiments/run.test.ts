/** The runner on a toy study: budgets, seeds, what is recorded, and that a run that went on is the run that was not disturbed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { configOf } from '../../experiments/runner/configuration/overrides.js';
import { openStudy } from '../../experiments/runner/openStudy.js';
import { type FinishedRun, runStudy } from '../../experiments/runner/run.js';
import { type RunData, readRun } from '../../experiments/runner/record/runData.js';
import { epochsOf, jobsOf } from '../../experiments/runner/record/jobs.js';
import type { StudyConfig } from '../../experiments/studies/config.js';
import { studies } from '../../experiments/studies/index.js';
import { program } from '../../experiments/studies/program.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import type { TrainingRun } from '../../experiments/studies/program.js';
import { interruptAt, toyConfig, toySettings, toyStudy } from '../runner/toyStudy.js';

const root = mkdtempSync(join(tmpdir(), 'metagrad-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

interface Asked {
  readonly study?: StudyDefinition;
  readonly config?: StudyConfig;
  readonly resume?: string;
  readonly pauses?: number;
  readonly quiet?: boolean;
}

const run = ({
  study = toyStudy(),
  config = toyConfig(),
  resume,
  pauses,
  quiet = true,
}: Asked = {}): Promise<FinishedRun> =>
  runStudy(study, config, {
    place: resume === undefined ? { root } : { resume },
    interrupt: interruptAt(pauses),
    quiet,
  });

/** All that a run measured but the time it took. */
function measured({ searches, trained, reproductions }: RunData) {
  return {
    searches: searches.map(({ arm, search, study }) => ({
      ...{ arm, search },
      trials: study.trials.map(({ params, value, intermediateValues, state }) => ({
        ...{ params, value, state, reports: [...intermediateValues] },
      })),
    })),
    trained: trained.map(({ seconds, ...rest }) => ({ ...rest, times: seconds.length })),
    reproductions,
  };
}

describe('a run', () => {
  const runs: TrainingRun[] = [];
  const finished = run({ study: toyStudy((one) => void runs.push(one)) });

  test('gives every tuned arm the same number of trials, from the same points', async () => {
    const { searches } = (await finished).data;
    expect(searches.map(({ arm, search }) => `${arm} ${search}`)).toEqual([
      ...['plain 0', 'follower 0', 'plain 1', 'follower 1'],
    ]);
    for (const { study } of searches) {
      expect(study.trials.map(({ state }) => state)).toEqual(Array(4).fill('complete'));
      expect(study.trials.every(({ intermediateValues }) => intermediateValues.size === 2)).toBe(true);
    }
    // The random points with which TPE begins; another search has others.
    const begun = searches.map(({ study }) => study.trials.map(({ params }) => params.lr));
    expect(begun[1]).toEqual(begun[0]);
    expect(begun[2]).not.toEqual(begun[0]);
  });

  test('trains on fresh seeds, the same for every arm', async () => {
    await finished;
    const [tuning, final] = [2, 3].map((epochs) => runs.filter((one) => one.epochs === epochs));
    expect(tuning).toHaveLength(2 * 2 * 4);
    expect(final).toHaveLength(3 * (3 + 3));
    const seeds = new Set(final.map(({ seed }) => seed));
    expect(seeds.size).toBe(3);
    expect(tuning.filter(({ seed }) => seeds.has(seed))).toEqual([]);
    for (const seed of seeds)
      expect(final.filter((one) => one.seed === seed).map(({ arm }) => arm)).toEqual([
        ...['plain', 'follower', 'halved', 'swept', 'swept', 'swept'],
      ]);
  });

  test('trains seed i with what search i found, in its own arm, the one it is tuned as, and those it looks up', async () => {
    const { data } = await finished;
    const lr = (arm: string, search: number): number => {
      const { study } = data.searches.find((one) => one.arm === arm && one.search === search)!;
      const best = study.trials.toSorted((a, b) => a.value! - b.value!)[0];
      return Number(best.params.lr);
    };
    for (const { arm, seed, parameters, epochs, sweepValue } of data.trained) {
      const [plain, follower] = [lr('plain', seed % 2), lr('follower', seed % 2)];
      const expected: Readonly<Record<string, readonly [number | null, number | null]>> = {
        plain: [plain, plain],
        follower: [follower, Math.sqrt(follower * plain)],
        halved: [plain, plain / 2],
        swept: [sweepValue, sweepValue],
      };
      expect([parameters.lr, epochs[0].lr]).toEqual(expected[arm]);
    }
  });

  test('searches and is judged on parts that it does not learn from', async () => {
    await finished;
    const rows = ({ splits: { train, metaVal, evaluation } }: TrainingRun) =>
      [train, metaVal, evaluation].map(({ name, y }) => `${name} ${y.size}`);
    const seen = (epochs: number) => new Set(runs.filter((one) => one.epochs === epochs).flatMap(rows));
    expect(seen(2)).toEqual(new Set(['train 32', 'metaVal 4', 'tuneVal 4']));
    expect(seen(3)).toEqual(new Set(['train 32', 'metaVal 4', 'test 10']));
  });

  test('is done when a training that has fewer epochs than planned is', async () => {
    const study = toyStudy();
    const programs: StudyDefinition['programs'] = (...given) => ({
      ...study.programs(...given),
      halved: program(toySettings, function* () {
        yield { trainLoss: 1, loss: 1, accuracy: 0.5, lr: 1 };
        return undefined;
      }),
    });
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      await run({ study: { ...study, programs }, quiet: false });
      expect(String(written.mock.lastCall)).toMatch(/^90\/90 epochs {2}100 %/);
    } finally {
      written.mockRestore();
    }
  });

  test('says what came out, and that it is complete', async () => {
    const { record, results } = await finished;
    const summary = JSON.parse(readFileSync(record.path('summary.json'), 'utf8')) as { status: string };
    expect(summary.status).toBe('complete');
    const [{ comparisons, verdict }] = results.claims;
    // By definition (lr / 2 is 0.301 decades below), whatever the seed.
    const { data } = await finished;
    const losses = (arm: string) =>
      data.trained.filter((one) => one.arm === arm).map(({ epochs }) => epochs[2].loss);
    const [plain, halved] = ['plain', 'halved'].map(losses);
    expect(comparisons[0].differences).toEqual(halved.map((loss, i) => loss - plain[i]));
    expect(verdict).toBe(comparisons[0].deciding!.low > 0 ? 'supported' : 'inconclusive');
    expect(results.reproductions).toMatchObject([
      { program: 'constant', values: [7, 7], median: 7, referenceP: 1 },
    ]);
  });
});

describe('a run is the same', () => {
  const undisturbed = run();

  test('when it is repeated, and not from another seed', async () => {
    const { data } = await undisturbed;
    expect(measured((await run()).data)).toEqual(measured(data));
    const other = await run({ config: toyConfig({ seed: 1 }) });
    expect(measured(other.data)).not.toEqual(measured(data));
  });

  // Pauses: 32 in searches, 54 in trainings, 4 in reproductions.
  test.each([[1], [10, 1, 14], [32], [36, 20], [87, 2], [90]])(
    'when it is interrupted at pause %d and resumed',
    async (...pauses) => {
      let last = await run({ pauses: pauses[0] });
      for (const pause of [...pauses.slice(1), Infinity]) {
        expect(last.status).toBe('interrupted');
        last = await run({ resume: last.record.folder, pauses: pause });
      }
      const { data, results } = await undisturbed;
      expect(last.status).toBe('complete');
      expect(measured(last.data)).toEqual(measured(data));
      expect(last.results).toEqual(results);
    },
  );

  test('when its tasks end in another order', async () => {
    const { record, data } = await undisturbed;
    const path = record.path('finished.jsonl');
    const text = readFileSync(path, 'utf8');
    const lines = text.trimEnd().split('\n');
    try {
      writeFileSync(path, `${lines.toReversed().join('\n')}\n`);
      expect(measured(await readRun(record.folder, data.config))).toEqual(measured(data));
    } finally {
      writeFileSync(path, text);
    }
  });

  test('and does nothing when it is resumed although it is complete', async () => {
    const seen: TrainingRun[] = [];
    const { record, data } = await undisturbed;
    const again = await run({ study: toyStudy((one) => void seen.push(one)), resume: record.folder });
    expect(seen).toEqual([]);
    expect(again.data).toEqual(data);
  });
});

test('a trial that is given up, and a run that is interrupted, close their program', async () => {
  let [open, pruned] = [0, 0];
  const study: StudyDefinition = {
    ...toyStudy(),
    programs: () => ({
      parabola: program(toySettings, function* (_, { lr }) {
        open++;
        try {
          for (let epoch = 0; epoch < 2; epoch++) yield { trainLoss: lr, loss: lr, accuracy: 0 };
          return undefined;
        } finally {
          open--;
        }
      }),
    }),
  };
  const config = toyConfig({
    ...{ trials: 20, searches: 1, sampler: 'random', pruner: 'median', claims: [] },
    arms: { follower: null, halved: null, swept: null },
  });
  const { data, status } = await run({ study, config });
  for (const { state, intermediateValues } of data.searches[0].study.trials)
    if (state === 'pruned') pruned += intermediateValues.size === 1 ? 1 : NaN;
  expect([status, pruned > 0, open]).toEqual(['complete', true, 0]);
  for (const pauses of [1, 3]) expect((await run({ study, config, pauses })).status).toBe('interrupted');
  expect(open).toBe(0);
});

describe('a run is refused', () => {
  test('if a program is not one', async () => {
    const study = { ...toyStudy(), programs: () => ({ parabola: () => 1 }) } as object as StudyDefinition;
    await expect(run({ study })).rejects.toThrow(
      "toy: its program 'parabola' must be what program(settings, train) returns, and is the function parabola.",
    );
  });

  const changed = (arms: object) => run({ config: toyConfig({ arms }) });

  test('if an arm has no program', async () => {
    await expect(changed({ plain: { program: 'cubic' } })).rejects.toThrow(
      "arms.plain.program: the arm is to be trained by 'cubic'; the study has the programs parabola, following, halved",
    );
  });

  test('if an arm looks up what it does not name', async () => {
    await expect(changed({ follower: { uses: [] } })).rejects.toThrow(
      "arm 'follower' looks up what 'plain' was tuned to; name it in the arm's `uses`.",
    );
  });

  test('if an arm waits for one that is not tuned', async () => {
    await expect((async () => changed({ plain: { space: null } }))()).rejects.toThrow(
      "arms.follower.uses.0: arm 'plain' is not tuned; give it a space",
    );
  });
});

describe.each(studies.map((study) => [study.name, study] as const))('the study %s', (_, study) => {
  const { full, quick } = study.presets;
  const [whole, small] = [configOf(study.name, full, []), configOf(study.name, full, [quick])];

  test('has a full and a quick preset that are right', () => {
    expect(whole.seeds).toBeGreaterThanOrEqual(5);
    const epochs = (config: StudyConfig): number => {
      const reproductions = study.reproductions?.(config, { compile: {} }) ?? {};
      const tasks = jobsOf(config, Object.keys(reproductions));
      return tasks.reduce((sum, task) => sum + epochsOf(config, reproductions, task), 0);
    };
    expect(epochs(small)).toBeLessThan(epochs(whole) / 3);
    expect(whole.claims.length).toBeGreaterThan(0);
  });

  test('has a program for every arm, and every program is used', () => {
    const programs = Object.keys(openStudy(study, small).programs);
    expect(new Set(Object.values(whole.arms).map(({ program }) => program))).toEqual(new Set(programs));
  });

  test('claims something of every kind of its figures only by arms that are tuned, swept or given', () => {
    for (const { arm, against, measure } of whole.claims)
      for (const name of [arm, ...against])
        expect(whole.arms[name].sweep !== undefined, name).toBe(
          measure.kind === 'area' || measure.kind === 'excess',
        );
  });
});

test('studies have names of their own', () => {
  expect(new Set(studies.map(({ name }) => name)).size).toBe(studies.length);
});
