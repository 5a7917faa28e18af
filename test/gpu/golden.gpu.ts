import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { OpsCase } from '../golden/cases.js';
import { describeGolden } from './golden.js';
import { withDeviceThread } from './support.js';
import { inThread } from './ways.js';

withDeviceThread();

const { cases } = JSON.parse(
  gunzipSync(readFileSync(new URL('../fixtures/golden/ops.json.gz', import.meta.url))).toString('utf8'),
) as { readonly cases: readonly OpsCase[] };

describeGolden(inThread('webgpu'), cases);
describeGolden(inThread('webasm'), cases);
