import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageInfo } from '../../files/packageInfo.js';

/** The vendored font of every figure (DejaVu Sans 2.37; its license is stored beside it). */
export const fontFile = (): string =>
  join(packageInfo().root, 'experiments', 'report', 'draw', 'fonts', 'DejaVuSans.ttf');

/**
 * Width in pixels that a line of text takes at a font size: the sum of the glyphs' advance widths, without kerning.
 *
 * Vega has no font without a canvas and guesses 0.8 em a character, half as much again as the truth; with these widths
 * legends, labels and margins fit, on every machine alike.
 */
export function measureText(text: string, fontSize: number): number {
  const { advance, unitsPerEm } = (metrics ??= readMetrics(readFileSync(fontFile())));
  let units = 0;
  for (const character of text) units += advance(character.codePointAt(0)!);
  return (units * fontSize) / unitsPerEm;
}

/** Breaks a text at spaces into lines of at most `width` pixels; a single longer word stays whole. */
export function wrapText(text: string, fontSize: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && measureText(`${last} ${word}`, fontSize) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

interface Metrics {
  readonly unitsPerEm: number;
  /** Advance width of a Unicode code point, in font units. */
  readonly advance: (codePoint: number) => number;
}

let metrics: Metrics | undefined;

/** Reads the four TrueType tables that widths need (OpenType specification: head, hhea, hmtx, cmap format 12). */
function readMetrics(font: Buffer): Metrics {
  const table = (tag: string): number => {
    for (let entry = 12; entry < 12 + 16 * font.readUInt16BE(4); entry += 16) {
      if (font.toString('latin1', entry, entry + 4) === tag) return font.readUInt32BE(entry + 8);
    }
    throw new Error(`measureText: ${fontFile()} has no table ${tag}; restore the file from the package.`);
  };
  const horizontal = table('hmtx');
  const widthCount = font.readUInt16BE(table('hhea') + 34);
  const glyphOf = readCharacterMap(font, table('cmap'));
  return {
    unitsPerEm: font.readUInt16BE(table('head') + 18),
    // Glyphs past the last entry share its width.
    advance: (codePoint) => font.readUInt16BE(horizontal + 4 * Math.min(glyphOf(codePoint), widthCount - 1)),
  };
}

function readCharacterMap(font: Buffer, cmap: number): (codePoint: number) => number {
  const subtables = Array.from({ length: font.readUInt16BE(cmap + 2) }, (_, index) => {
    return cmap + font.readUInt32BE(cmap + 4 + 8 * index + 4);
  });
  const segmented = subtables.find((offset) => font.readUInt16BE(offset) === 12);
  if (segmented === undefined) {
    throw new Error(
      `measureText: ${fontFile()} has no character map of format 12; restore the file from the package.`,
    );
  }
  const groups = font.readUInt32BE(segmented + 12);
  return (codePoint) => {
    for (let group = segmented + 16; group < segmented + 16 + 12 * groups; group += 12) {
      const first = font.readUInt32BE(group);
      if (codePoint < first) break;
      if (codePoint <= font.readUInt32BE(group + 4)) return font.readUInt32BE(group + 8) + codePoint - first;
    }
    return 0; // .notdef, which is what the renderer draws too
  };
}
