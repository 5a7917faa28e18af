#!/usr/bin/env node
/** The program `metagrad`. Nothing is imported before the version of Node is known to be enough. */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `metagrad: needs Node 20.19 or newer, this is ${process.versions.node}; see https://nodejs.org.\n`,
  );
  process.exit(1);
}
// No `await` at the top of the module: a Node that does not know it would end with a SyntaxError instead of the message.
void import('./cli.js').then(async ({ main }) => {
  process.exitCode = await main(process.argv);
});
