/** `npm run campaign -- package | fuzz | kills`: long checks of the built library, in processes of their own. */
import { Command } from '@commander-js/extra-typings';
import { addPackageCommand } from './package/command.js';

const program = new Command('campaign').description('Long checks of the built library.');
addPackageCommand(program);
await program.parseAsync();
