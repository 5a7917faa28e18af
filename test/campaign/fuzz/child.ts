/**
 * `node child.js READER SEED FROM TO FOLDER`: cases of a reader, one after the other, in a process that may hang or end.
 * Tells of each on file descriptor 3, at once: `begin N`, then `end N VERDICT`.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { examine } from './examine.js';
import { randomCase } from './case.js';
import { readSamples } from './files.js';
import { readers } from './readers/index.js';

const [name, seed, from, to, folder] = process.argv.slice(2);
const reader = readers.find((one) => one.name === name)!;
const tell = (line: string): void => void writeSync(3, `${line}\n`);

// A rejection that nobody waits for is as bad as an error.
let unhandled: string | undefined;
process.on('unhandledRejection', (reason) => {
  unhandled = reason instanceof Error ? `${reason.name}: ${reason.message}` : typeof reason;
});

const samples = readSamples(folder);
for (let number = Number(from); number < Number(to); number++) {
  const files = randomCase(reader, samples, Number(seed), number);
  tell(`begin ${number}`);
  const verdict = await examine(reader, files, join(folder, 'scratch'));
  // Rejections that nobody waits for are reported only between events, and memory of addons is freed only then.
  await setImmediate();
  const late = unhandled;
  unhandled = undefined;
  tell(
    `end ${number} ${JSON.stringify(late === undefined ? verdict : { kind: 'failed', what: `unhandled: ${late}`, stack: '' })}`,
  );
}
process.exit();
