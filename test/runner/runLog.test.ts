import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FormatError } from '../../engine/index.js';
import { type LogEntry, openRunLog, readRunLog } from '../../experiments/runner/record/runLog.js';

const folder = mkdtempSync(join(tmpdir(), 'metagrad-log-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const entry = (seed: number): LogEntry => ({
  kind: 'training',
  ...{ arm: 'a', seed, sweepValue: null },
  parameters: { lr: 0.1 + 0.2, fill: 'NaN' },
  epochs: [{ trainLoss: NaN, loss: Infinity, accuracy: 1 / 3, low: -Infinity }],
  seconds: [0.5],
});

let count = 0;
function logOf(entries: number): string {
  const path = join(folder, `${++count}.jsonl`);
  const log = openRunLog(path);
  for (let seed = 0; seed < entries; seed++) log.append(entry(seed));
  return path;
}

describe('the log of a run', () => {
  test('gives back what was written, diverged numbers too', () => {
    const path = logOf(2);
    expect(readRunLog(path)).toEqual([entry(0), entry(1)]);
    expect(readRunLog(join(folder, 'none.jsonl'))).toEqual([]);
  });

  test('has non-finite numbers as texts, which any JSON parser reads, and reads those of metagrad 0.1', () => {
    const path = logOf(1);
    const line = readFileSync(path, 'utf8');
    expect(line).toContain(
      '{"trainLoss":"NaN","loss":"Infinity","accuracy":0.3333333333333333,"low":"-Infinity"}',
    );
    const before = line.replace(/"epochs".*/, (rest) =>
      rest.replaceAll(/"(NaN|-?Infinity)"/g, '{"number":"$1"}'),
    );
    writeFileSync(path, before, { flag: 'a' });
    expect(readRunLog(path)).toEqual([entry(0), entry(0)]);
  });

  test('loses its last line if a killed process left it without its end, wherever it was cut', () => {
    const whole = readFileSync(logOf(2));
    const second = whole.indexOf('\n') + 1;
    for (let end = second; end < whole.length; end += 7) {
      const path = logOf(2);
      truncateSync(path, end);
      expect(readRunLog(path)).toEqual([entry(0)]);
      const log = openRunLog(path);
      expect(log.entries).toEqual([entry(0)]);
      log.append(entry(5));
      expect(readRunLog(path)).toEqual([entry(0), entry(5)]);
    }
  });

  test.each(['{"kind": "train', 'null', '{}', '[1]'])('refuses the line %s, and says where', (line) => {
    const path = logOf(1);
    appendFileSync(path, `${line}\n`);
    writeFileSync(path, readFileSync(logOf(1)), { flag: 'a' });
    for (const read of [readRunLog, openRunLog]) {
      expect(() => read(path)).toThrow(FormatError);
      expect(() => read(path)).toThrow(`${path}:2: the line is no finished job`);
    }
  });
});
