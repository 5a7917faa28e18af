import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lutimesSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStudy, journalStorage, randomSampler } from '../../experiments/tuning/index.js';
import { withLock } from '../../experiments/tuning/log/lock.js';
import { makeLock, removeLock } from '../../experiments/files/lockFile.js';
import { createWorkerId } from '../../experiments/files/worker.js';
import { bundle } from './bundle.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metagrad-lock-'));
  path = join(folder, 'study.log');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const seconds = async (act: () => unknown): Promise<number> => {
  const begin = performance.now();
  await act();
  return (performance.now() - begin) / 1000;
};

/** A lock as Optuna makes it, or with the owner that a name says. */
function lockOf(owner: string | null): void {
  if (owner === null) {
    symlinkSync(path, `${path}.lock`);
    return;
  }
  writeFileSync(`${path}.lock.x.owner`, owner);
  symlinkSync('study.log.lock.x.owner', `${path}.lock`);
}

/** The name of a worker whose process has ended, and whose process number was used again. */
const deadWorker = (): string => createWorkerId().replace(`/${process.pid}/`, `/${process.pid}/9`);

describe('the lock of a journal', () => {
  it('is held during an action, and leaves nothing behind', () => {
    const seen = withLock(path, () => [existsSync(`${path}.lock`), statSync(`${path}.lock`).isFile()]);
    expect(seen).toEqual([true, true]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing behind where the action fails', () => {
    expect(() =>
      withLock(path, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a process of this machine that has ended is broken at once, without a word', async () => {
    lockOf(deadWorker());
    const told: string[] = [];
    const waited = await seconds(() => withLock(path, () => 1, { onWait: (message) => told.push(message) }));
    expect(waited).toBeLessThan(0.9);
    expect(told).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['an hour ago', -3600],
    ['tomorrow', 24 * 3600],
  ])(
    'that has no known owner and is dated %s is broken once it has not changed for so long here',
    async (_when, offset) => {
      lockOf(null);
      const at = Date.now() / 1000 + offset;
      lutimesSync(`${path}.lock`, at, at);
      const told: string[] = [];
      const options = { staleAfterMs: 2500, onWait: (message: string) => told.push(message) };
      const waited = await seconds(() => withLock(path, () => 1, options));
      expect(waited).toBeGreaterThan(2.4);
      expect(waited).toBeLessThan(6);
      expect(told).toEqual([
        `waiting for the lock ${path}.lock, held by a process that left no name; it is broken once nobody has renewed it for 2.5 s.`,
      ]);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('is not broken while its holder renews it', async () => {
    const owner = makeLock(`${path}.lock`)!;
    let renewals = 0;
    const renewing = setInterval(() => {
      const now = new Date();
      lutimesSync(`${path}.lock`, now, now);
      if (++renewals === 12) {
        removeLock(`${path}.lock`);
        clearInterval(renewing);
      }
    }, 200);
    await withLock(path, () => 1, { staleAfterMs: 1500, onWait: () => undefined });
    expect(renewals).toBe(12);
    expect(existsSync(owner)).toBe(false);
  });

  it('left while another process broke it is broken too', async () => {
    lockOf(deadWorker());
    writeFileSync(`${path}.lock.y.owner`, deadWorker());
    symlinkSync('study.log.lock.y.owner', `${path}.lock.break`);
    expect(await seconds(() => withLock(path, () => 1))).toBeLessThan(0.9);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that others broke is not written under', () => {
    expect(() =>
      withLock(path, (lock) => {
        removeLock(`${path}.lock`);
        lock.renew();
      }),
    ).toThrow('another process broke its lock');
  });

  it('is waited for in turns with other work, and an abort ends the wait', async () => {
    lockOf(null);
    const controller = new AbortController();
    const storage = journalStorage(path, { signal: controller.signal, onWait: () => undefined });
    const study = createStudy({ name: 'waiting', storage, sampler: randomSampler() });
    setTimeout(() => {
      controller.abort();
    }, 1500);
    const waited = await seconds(() =>
      expect(study).rejects.toThrow(`the wait for its lock ${path}.lock was interrupted`),
    );
    expect(waited).toBeLessThan(4);
  });

  it('lets what a trial reports meanwhile be written when it is free', async () => {
    const study = await createStudy({ name: 'late', storage: journalStorage(path) });
    const trial = await study.ask();
    lockOf(null);
    trial.report(0, 1);
    trial.report(1, 2);
    setTimeout(() => removeLock(`${path}.lock`), 100);
    await study.tell(trial, 3);
    const again = await createStudy({ name: 'late', storage: journalStorage(path), loadIfExists: true });
    expect([...again.trials[0].intermediateValues]).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(again.trials[0].value).toBe(3);
  });

  it('of a process that is killed while it holds it does not hold up the next one', async () => {
    const program = await bundle(new URL('lockHolder.ts', import.meta.url), folder);
    const child = spawn(process.execPath, [program, path]);
    await once(child.stdout, 'data');
    let done = false;
    const waiting = Promise.resolve(withLock(path, () => (done = true)));
    await sleep(100);
    expect(done).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await seconds(() => waiting)).toBeLessThan(2);
    expect(done).toBe(true);
  });
});
