import type { Random } from '../random.js';
import { changeBytes } from './bytes.js';
import { changeJson, changeJsonLine } from './json.js';
import { changeLines } from './lines.js';
import type { Files, Reader } from './reader.js';

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A sample of the reader with one to four changes, in one or two of its files. */
export function mutated(reader: Reader, samples: readonly Files[], random: Random): Files {
  const files = { ...random.pick(samples) };
  const names = Object.keys(files);
  for (let count = random.chance(0.8) ? 1 : 2; count > 0; count--) {
    const name = random.pick(names);
    if (names.length > 1 && random.chance(0.05)) {
      // Another file's content, or none at all.
      if (random.chance(0.5)) files[name] = files[random.pick(names)];
      else files[name] = new Uint8Array();
      continue;
    }
    const others = samples.map((sample) => sample[name] ?? Object.values(sample)[0]);
    for (let changes = random.pick([1, 1, 1, 2, 4]); changes > 0; changes--)
      files[name] = changed(reader, name, files[name], random, others);
  }
  return files;
}

function changed(
  { containers = [], words = [] }: Reader,
  name: string,
  bytes: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
): Uint8Array {
  const plainly = (part: Uint8Array): Uint8Array => changeBytes(part, random, others, words);
  // Files may be no containers any more after an earlier change.
  if (containers.length > 0 && random.chance(0.5)) {
    try {
      return random.pick(containers)(bytes, random, plainly) ?? plainly(bytes);
    } catch {
      return plainly(bytes);
    }
  }
  const text = /\.(jsonl?|log|ya?ml|csv)$/.test(name) && random.chance(0.75) ? decode(bytes) : null;
  if (text === null) return plainly(bytes);
  if (random.chance(0.7)) {
    const json = name.endsWith('.json') ? changeJson(text, random) : changeJsonLine(text, random);
    if (json !== null) return encode(json);
  }
  return encode(changeLines(text, random, others.map(decode)));
}
