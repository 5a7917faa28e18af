import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { it } from 'vitest';
import { readGolden } from '../../golden/optuna/format.js';
import { toHistory } from '../../golden/optuna/models.js';
import { fanova } from '../../../experiments/tuning/importance/fanova.js';
it('x', () => {
  const g = readGolden(
    JSON.parse(gunzipSync(readFileSync(`/work/shared/golden/optuna-3.1.json.gz`)).toString()),
  );
  for (const h of ['multivariate', 'maximize_int_step']) {
    const t = performance.now();
    for (const scale of ['raw'] as const) {
      const r = fanova(toHistory(g.histories![h]), { scale, forests: 200, seed: 77 });
      console.log(
        h,
        scale,
        performance.now() - t,
        r.parameters.map((p) => `${p.name} ${p.share.toFixed(4)}±${p.deviation!.toFixed(4)}`).join(' '),
        g.importance![h].fanova.mean,
      );
    }
  }
}, 100000);
