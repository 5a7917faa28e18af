import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageInfo } from '../../../experiments/files/packageInfo.js';
import { output } from './shell.js';

/** Packs a copy of the repository that was never built, and installs the package into the folder `user`. */
export function installed(folder: string, user: string): void {
  const { root } = packageInfo();
  const clone = join(folder, 'clone');
  const files = output(root, 'git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard');
  for (const file of files.split('\0').filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(root, file), join(clone, file));
  }
  // Without the development dependencies there is nothing to build with, which is no reason to fail.
  output(clone, process.execPath, 'scripts/prepare.js');
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  const packed = output(clone, 'npm', 'pack', '--pack-destination', folder, '--loglevel', 'error');
  const tarball = packed.trim().split('\n').at(-1)!;
  mkdirSync(user);
  writeFileSync(join(user, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  output(
    user,
    'npm',
    'install',
    join(folder, tarball),
    '--omit=optional',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
  );
}
