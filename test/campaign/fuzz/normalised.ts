import type { Files } from './reader.js';

/** What differs from one execution to the next (times, workers, how long it took) made the same, so that a seed says all. */
export const normalised = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [
      name,
      /\.(jsonl?|log)$/.test(name) ? encode(withoutTimes(decode(bytes))) : bytes,
    ]),
  );

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const withoutTimes = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?/g, '2026-01-02T03:04:05.678000')
    .replaceAll(/metagrad@[^"]+/g, 'metagrad@elsewhere/1/2/3/00000000-0000-4000-8000-000000000000')
    .replaceAll(/"seconds":\s*[\d.e+-]+/g, '"seconds":1.5')
    .replaceAll(
      /"seconds":\s*\[[^\]]*\]/g,
      (list) =>
        `"seconds":[${list
          .split(',')
          .map((_, i) => i + 1)
          .join(',')}]`,
    );
