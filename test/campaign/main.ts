/** `npm run campaign -- package | fuzz | kills`: long checks of the built library, in processes of their own. */
import { Command } from '@commander-js/extra-typings';
import { addFuzzCommand } from './fuzz/command.js';
import { addKillsCommand } from './kills/command.js';
import { addPackageCommand } from './package/command.js';

const program = new Command('campaign').description('Long checks of the built library.');
addFuzzCommand(program);
addKillsCommand(program);
addPackageCommand(program);
await program.parseAsync();
