import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSafetensors } from '../../engine/io/safetensors.js';
import { tensor } from '../../engine/index.js';
import { damagedCheckpoints } from '../../experiments/runner/record/checkpoints.js';
import {
  folderStore,
  openStore,
  repairFolder,
  runFormat,
} from '../../experiments/runner/record/folderStore.js';
import type { TrainingEntry } from '../../experiments/runner/record/runLog.js';
import type { PlanChoice } from '../../experiments/runner/record/runStore.js';
import { createStudy, readStudies } from '../../experiments/tuning/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metagrad-store-'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ format: runFormat }));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const job = { kind: 'training', arm: 'a', seed: 0, sweepValue: null } as const;
const entry: TrainingEntry = {
  ...job,
  parameters: { lr: 0.1 },
  epochs: [{ trainLoss: Infinity, loss: NaN }],
  seconds: [1],
};
const choice: PlanChoice = {
  plan: 'compile(step)',
  backend: 'wasm',
  milliseconds: { wasm: 0.1 },
  reason: 'wasm 0.1 ms',
};

describe('a folder as the store of a run', () => {
  it('shows what one handle wrote to another one that its address opened', async () => {
    const store = folderStore(folder);
    const other = openStore(store.address);
    await store.append(entry);
    store.noteChoice(choice);
    const search = { kind: 'search', arm: 'a', search: 0 } as const;
    await createStudy({ name: 'a 0', storage: store.searchStorage(search), seed: 1 });
    expect(await other.entries()).toEqual([entry]);
    expect(await other.choices()).toEqual([choice]);
    const studies = await readStudies(other.searchStorage(search));
    expect(studies.map(({ name }) => name)).toEqual(['a 0']);
  });

  it('keeps parameters, and tells whether they are still what was kept', async () => {
    const store = folderStore(folder);
    const checkpoint = await store.saveCheckpoint(job, { w: tensor([1, 2]) });
    const { place, content } = await store.readCheckpoint(job);
    expect(parseSafetensors(content!).tensors.w.toArray()).toEqual([1, 2]);
    expect(await damagedCheckpoints(store, [{ ...entry, checkpoint }])).toEqual([]);
    writeFileSync(place, 'x');
    expect(await damagedCheckpoints(store, [{ ...entry, checkpoint }])).toMatchObject([{ place }]);
  });

  it('writes nothing where it is only read, and leaves out what is still being written', async () => {
    const store = folderStore(folder);
    expect(await store.entries()).toEqual([]);
    expect(await store.choices()).toEqual([]);
    expect(await readStudies(store.searchStorage({ kind: 'search', arm: 'a', search: 0 }))).toEqual([]);
    expect((await store.readCheckpoint(job)).content).toBeNull();
    expect(readdirSync(folder)).toEqual(['config.json']);
    store.noteChoice(choice);
    appendFileSync(join(folder, 'plans.jsonl'), '{"plan":"cut o');
    expect(await store.choices()).toEqual([choice]);
  });

  it('goes on after what killed processes left in it', async () => {
    const store = folderStore(folder);
    store.noteChoice(choice);
    appendFileSync(join(folder, 'plans.jsonl'), '{"plan":"cut o');
    mkdirSync(join(folder, 'checkpoints'));
    for (const place of ['.', 'checkpoints'])
      writeFileSync(join(folder, place, '.metagrad-999999999-0123456789abcdef.tmp'), 'half');
    repairFolder(folder);
    store.noteChoice({ ...choice, backend: 'cpu' });
    expect(await store.choices()).toEqual([choice, { ...choice, backend: 'cpu' }]);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
      'checkpoints',
      'config.json',
      'plans.jsonl',
    ]);
  });
});
