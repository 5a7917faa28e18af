import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../engine/core/errors.js';
import { crc32c } from '../../experiments/report/tensorboard/crc32c.js';
import { openEvents } from '../../experiments/report/tensorboard/eventFile.js';
import { scalarEvent, versionEvent } from '../../experiments/report/tensorboard/eventMessage.js';
import { tfRecord } from '../../experiments/report/tensorboard/tfRecord.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('CRC-32C', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  it.each([
    // RFC 3720, appendix B.4
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 ascending', ascending, 0x46dd794e],
    ['32 descending', ascending.toReversed(), 0x113fdb5c],
    // The check value of the catalogues of CRCs
    ['the digits', Buffer.from('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s', (_, bytes, value) => {
    expect(crc32c(bytes)).toBe(value);
  });
});

describe('events in bytes', () => {
  it('the version', () => {
    // 09: field 1, eight bytes; 1.5 is 3ff8 and zeros. 1a: field 3, length 13.
    expect(hex(versionEvent(1.5))).toBe(`09000000000000f83f1a0d${hex(Buffer.from('brain.Event:2'))}`);
  });

  it('a scalar', () => {
    // 10 ac02: field 2, 300 = 2 * 128 + 44. 2a: field 5; 0a: field 1 in it; 0a: the tag in that; 15: the float 2.25.
    expect(hex(scalarEvent({ tag: 'lr', step: 300, value: 2.25, wallTime: 1.5 }))).toBe(
      '09000000000000f83f' + '10ac02' + '2a0b' + '0a09' + '0a026c72' + '1500001040',
    );
  });

  it('leaves step 0 out, and writes steps beyond 32 bits', () => {
    const withStep = (step: number): string =>
      hex(scalarEvent({ tag: 'a', step, value: 0, wallTime: 1.5 })).slice(18);
    expect(withStep(0)).toBe('2a0a0a080a0161' + '1500000000');
    expect(withStep(2 ** 40 + 5)).toMatch(/^10858080808020/);
  });

  it('a record frames them with masked checksums', () => {
    // The first record of any file that TensorFlow writes begins with these twelve bytes: length 24 and its checksum.
    expect(hex(tfRecord(versionEvent(1.5))).slice(0, 24)).toBe('1800000000000000a37f4b22');
  });
});

describe('openEvents', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'metagrad-events-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('writes the file that was read back by others', () => {
    // TensorBoard 2's own reader of records accepted every checksum of the stored file, and protobuf.js decoded each event by
    // TensorBoard's event.proto to the scalars below and encoded it again to the same bytes.
    const name = 'events.out.tfevents.1700000000.metagrad';
    const { path, append, close } = openEvents(join(folder, 'cold', 'seed-0'), 1700000000.25);
    expect(path).toBe(join(folder, 'cold', 'seed-0', name));
    append(
      { tag: 'loss/test', step: 0, value: 2.25, wallTime: 1700000001 },
      { tag: 'loss/test', step: 1, value: 1.1, wallTime: 1700000002.5 },
      { tag: 'Lernrate α', step: 300, value: 1e-5, wallTime: 1700000003 },
    );
    append();
    append(
      { tag: 'loss/test', step: 2 ** 40 + 5, value: NaN, wallTime: 1700000004 },
      { tag: 'x'.repeat(200), step: 7, value: -Infinity, wallTime: 1700000004 },
      { tag: 'zero', step: 8, value: 0, wallTime: 1700000004 },
    );
    const stored = readFileSync(new URL(`../fixtures/tensorboard/${name}`, import.meta.url));
    expect(hex(readFileSync(path))).toBe(hex(stored));
    close();
  });

  it('refuses a file that exists, and what is no time or step', () => {
    const { path, append, close } = openEvents(folder, 7);
    expect(() => openEvents(folder, 7)).toThrow(`openEvents: ${path} exists; give every run its own folder.`);
    expect(() => openEvents(folder, -1)).toThrow('openEvents: -1 is not a time; give seconds since 1970.');
    const scalar = { tag: 'loss', step: 1, value: 1, wallTime: 8 };
    for (const wrong of [{ step: -1 }, { step: 0.5 }, { wallTime: NaN }]) {
      expect(() => {
        append({ ...scalar, ...wrong });
      }).toThrow(UsageError);
    }
    close();
  });
});
