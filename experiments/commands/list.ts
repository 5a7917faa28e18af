import type { Command } from '@commander-js/extra-typings';
import { formatTable } from '../report/tables/terminal.js';
import { studies } from '../studies/index.js';

/** `metagrad list`: the built-in studies. */
export function addListCommand(program: Command): void {
  program
    .command('list')
    .description('List the studies that can be run.')
    .action(() => {
      console.log(
        formatTable(
          ['study', 'what it compares', 'arms'],
          studies.map((study) => [
            study.name,
            study.summary,
            Object.keys(study.presets.full.arms).join('; '),
          ]),
        ),
      );
    });
}
