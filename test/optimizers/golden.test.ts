import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkOptimizers } from '../golden/optimizers.js';
for (const f of ['/work/shared/golden/optimizers.json','/tmp/opt11.json','/tmp/opt12.json'])
test(f, () => { 
  const r = checkOptimizers(JSON.parse(readFileSync(f,'utf8')));
  console.log(r.length, r.filter(x=>!x.ok));
});
