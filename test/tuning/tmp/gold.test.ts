import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { checkOptuna } from '/work/main/test/golden/optuna.js';
import { it } from 'vitest';
it('golden', () => {
  for (const v of ['3.1', '5.0']) {
    const t = performance.now();
    const r = checkOptuna(
      JSON.parse(gunzipSync(readFileSync(`/work/shared/golden/optuna-${v}.json.gz`)).toString()),
    );
    console.log(
      v,
      r.filter((x) => x.ok).length,
      'ok',
      r.filter((x) => !x.ok).length,
      'bad',
      performance.now() - t,
    );
    for (const x of r)
      if (!x.ok || !x.name.startsWith('pruner'))
        console.log(x.ok ? 'ok  ' : 'BAD ', x.name, x.detail.slice(0, 300));
  }
}, 100000);
