/** Files that are replaced as a whole, and folders that one process at a time writes to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../experiments/files/folderLock.js';
import { ownerOf } from '../../experiments/files/lockFile.js';
import { removeLeftovers, replaceFile, writeOutput } from '../../experiments/files/replaceFile.js';
import { createWorkerId } from '../../experiments/files/worker.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metagrad-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The number of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid!;
}

describe('a file that is replaced', () => {
  it('does not follow a link in its place, and leaves nothing else', () => {
    const [secret, path] = [join(folder, 'secret'), join(folder, 'report.html')];
    writeFileSync(secret, 'mine');
    symlinkSync(secret, path);
    replaceFile(path, 'page');
    expect([readFileSync(secret, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['mine', 'page']);
    expect(readdirSync(folder).sort()).toEqual(['report.html', 'secret']);
  });

  it('is left as it was where it cannot be written', () => {
    expect(() => {
      replaceFile(join(folder, 'none', 'a.csv'), '');
    }).toThrow(/^cannot write .*a\.csv \(ENOENT.*\); make room or give access/);
  });

  it('may be where the user linked it to, if the user named it', () => {
    const [target, link] = [join(folder, 'target'), join(folder, 'link')];
    writeFileSync(target, 'old');
    symlinkSync(target, link);
    writeOutput(link, 'new');
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    writeOutput('/dev/null', 'nothing');
    expect(lstatSync('/dev/null').isFile()).toBe(false);
  });

  it('leaves no litter of killed writers at the next start, but that of living ones', async () => {
    const of = (pid: number) => `.metagrad-${pid}-${'0'.repeat(16)}.tmp`;
    const [dead, living] = [of(await endedPid()), of(process.pid)];
    for (const name of [dead, living, '.metagrad.tmp', 'a.tmp']) writeFileSync(join(folder, name), '');
    removeLeftovers(folder);
    expect(readdirSync(folder).sort()).toEqual([living, '.metagrad.tmp', 'a.tmp'].sort());
    removeLeftovers(join(folder, 'none'));
  });
});

describe('the lock of a folder', () => {
  const lock = () => join(folder, 'run.lock');
  const lockAs = (worker: string, path = lock()): void => {
    writeFileSync(`${path}.x.owner`, worker);
    symlinkSync(basename(`${path}.x.owner`), path);
  };

  it('names its owner to whoever else wants it, in the same process too', () => {
    const unlock = lockFolder('run', folder);
    expect(() => lockFolder('report', folder)).toThrow(
      new RegExp(
        `^report: ${folder} is being written to by process ${process.pid} on ${hostname()}, since 20.*; wait until it ends`,
      ),
    );
    unlock();
    lockFolder('report', folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a process that has ended is taken over at once', async () => {
    const own = createWorkerId();
    lockAs(own.replace(`/${process.pid}/`, `/${await endedPid()}/`));
    const begun = performance.now();
    const unlock = lockFolder('run', folder);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(ownerOf(lock())).toContain(`/${process.pid}/`);
    unlock();
  });

  it('of a process whose number is used again is taken over', () => {
    // The same number, begun at another time.
    lockAs(createWorkerId().replace(/\/(\d+)\/\d+\//, '/$1/1/'));
    lockFolder('run', folder)();
  });

  it('of a process that was killed while it took one over is no obstacle', async () => {
    const dead = createWorkerId().replace(`/${process.pid}/`, `/${await endedPid()}/`);
    lockAs(dead);
    lockAs(dead, `${lock()}.break`);
    lockFolder('run', folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of another machine is respected, with how to go on', () => {
    lockAs(createWorkerId().replace(hostname(), 'elsewhere'));
    expect(() => lockFolder('run', folder)).toThrow(/by process \d+ on elsewhere.*remove .*run\.lock\.$/);
  });

  it('that is something else, or cannot be made, is an error', () => {
    writeFileSync(lock(), '');
    expect(() => lockFolder('run', folder)).toThrow(/by a process that left no name/);
    expect(() => lockFolder('run', join(folder, 'none'))).toThrow(/cannot make the lock .*ENOENT/);
  });

  it('is held by one of many that ask for it at once', async () => {
    const dead = createWorkerId().replace(`/${process.pid}/`, `/${await endedPid()}/`);
    lockAs(dead);
    const results = Array.from({ length: 5 }, () => {
      try {
        return lockFolder('run', folder);
      } catch {
        return undefined;
      }
    });
    expect(results.filter((one) => one !== undefined)).toHaveLength(1);
  });
});
