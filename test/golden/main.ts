/**
 * `npm run golden -- FILE...`: checks files of reference values, whatever numbers they hold, against the built library.
 * `npm run golden -- --float32 FILE...`: prints how far float32 is from float64 over all cases of operations.
 */
import { casesOf, checkFile } from './files.js';
import { errorsByFamily, formatErrors } from './float32.js';

const inFloat32 = process.argv[2] === '--float32';
const paths = process.argv.slice(inFloat32 ? 3 : 2);
if (paths.length === 0) {
  console.error('golden: name one or more files of reference values, as in: npm run golden -- ops.json.gz');
  process.exit(2);
}
if (inFloat32) console.log(formatErrors(errorsByFamily(paths.flatMap(casesOf))));
else await check();

async function check(): Promise<void> {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const path of paths) {
    for (const { name, ok, detail, skipped: skip } of await checkFile(path)) {
      if (skip === true) skipped++;
      else if (ok) passed++;
      else failed++;
      if (!ok) console.log(`${skip === true ? 'skip' : 'FAIL'} ${path}: ${name}: ${detail}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}
