import { growthOver } from '../heap.js';
import { adamHyper, beginning, compiledStep, nameOf, problemOf, sizes } from '../problems.js';
import type { Row } from '../rows.js';

const calls = 100_000;

/** What plans take, against the most that is live at one time; and what many calls leave behind. */
export function memory(): Row[] {
  const rows: Row[] = [];
  for (const [i, size] of sizes.entries()) {
    const { params, loss, batch } = problemOf(size);
    const compiled = compiledStep(loss);
    let { now } = compiled(beginning(params), adamHyper, batch);
    const { bytes, livePeak } = compiled.plans[0].memory;
    const row = { group: 'memory', lib: 'metagrad' };
    rows.push({ ...row, name: nameOf(size), value: bytes / 1024, unit: 'KiB' });
    rows.push({ ...row, name: `${nameOf(size)}, over live peak`, value: bytes / livePeak, unit: '' });
    if (i > 0) continue;
    const growth = growthOver(calls, () => ({ now } = compiled(now, adamHyper, batch)));
    rows.push({
      ...row,
      name: `${nameOf(size)}, growth over ${calls} steps`,
      value: growth,
      unit: 'bytes',
    });
  }
  return rows;
}
