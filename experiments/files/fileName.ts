import { createHash } from 'node:crypto';

/** The limit of a name's length; longer ones end in a hash. It leaves room for prefixes and endings in the 255 bytes of a file's name. */
const longest = 120;

/** The names of devices on Windows, with any ending. */
const device = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/;

/**
 * The part of a file's name for a name that the user chose, of an arm or a metric. Different names have different ones, on
 * every disk: `a-z`, `0-9`, `_`, `-` and inner dots stay, all other characters are percent-encoded (UTF-8), capitals too,
 * since `a` and `A` may be one file. It never leaves a folder, and is no device, hidden file or empty text. Long names are
 * cut and end in `~` and 128 bits of their SHA-256.
 */
export function fileName(name: string): string {
  const encoded = name
    .replaceAll(/[^a-z0-9_.-]/gu, encode)
    .replace(/^\.|\.$/g, '%2e')
    .replace(device, (word) => `${encode(word[0])}${word.slice(1)}`);
  if (encoded.length > longest) return `${encoded.slice(0, longest - 40)}~${hash(name)}`;
  return encoded === '' ? '%' : encoded;
}

/** `%41` for each byte of a character; `%ud800` for half of a surrogate pair, which UTF-8 cannot encode. */
function encode(character: string): string {
  const code = character.codePointAt(0)!;
  if (code >= 0xd800 && code <= 0xdfff) return `%u${code.toString(16)}`;
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

/** A hash of the UTF-16 code units, so that names that differ only in a lone surrogate have different ones. */
const hash = (name: string): string =>
  createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('hex').slice(0, 32);
