/** The command line as a program: what it prints and its exit code are those of `metagrad`. */
import { main } from '../../experiments/cli.js';

process.exitCode = await main(process.argv);
