import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageInfo } from '../../../../experiments/files/packageInfo.js';
import { checkFile } from '../../../golden/files.js';
import { gzippedJson } from '../containers.js';
import type { Reader } from '../reader.js';

/** Files of reference values, as `npm run golden` reads them. */
export const goldenReader: Reader = {
  name: 'golden',
  weight: 1,
  patience: 20,
  samples: () => [
    {
      'input.json.gz': new Uint8Array(
        readFileSync(join(packageInfo().root, 'test/fixtures/golden/kinks.json.gz')),
      ),
    },
  ],
  containers: [gzippedJson, gzippedJson, gzippedJson],
  read: (files, folder) => checkFile(join(folder(), Object.keys(files)[0])),
};
