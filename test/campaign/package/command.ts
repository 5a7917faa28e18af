import type { Command } from '@commander-js/extra-typings';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleChecks } from './bundles.js';
import { installed } from './install.js';
import { moduleChecks, typeChecks } from './programs.js';
import { vitestChecks } from './vitest.js';

/** One thing that a user does with the package. Throws where it fails. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

/** `campaign package`: packs the library, installs it as users do, and uses it in every form that it promises. */
export function addPackageCommand(program: Command): void {
  program
    .command('package')
    .description('pack, install, import, bundle and type-check the package in a temporary folder')
    .option('--keep', 'keep the folder, to look at what failed')
    .action(async ({ keep }) => {
      const folder = mkdtempSync(join(tmpdir(), 'metagrad-package-'));
      let failed = 0;
      const attempt = async ({ name, run }: Check): Promise<void> => {
        const begin = performance.now();
        try {
          await run();
          console.log(`ok   ${name} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
        } catch (error) {
          failed += 1;
          console.log(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
      };
      const user = join(folder, 'user');
      let count = 1;
      await attempt({
        name: 'packed from the files of the repository, dist included, and installed',
        run: () => {
          installed(folder, user);
        },
      });
      if (failed === 0) {
        const checks = [
          ...moduleChecks(user),
          ...bundleChecks(user, folder),
          ...typeChecks(user),
          ...vitestChecks(user),
        ];
        count += checks.length;
        for (const check of checks) await attempt(check);
      }
      if (keep === true) console.log(`kept: ${folder}`);
      else rmSync(folder, { recursive: true });
      console.log(`package: ${count - failed} passed, ${failed} failed`);
      process.exitCode = failed > 0 ? 1 : 0;
    });
}
