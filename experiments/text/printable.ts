/**
 * A text that is safe on a terminal: control characters (which could move the cursor, recolour or rename the window),
 * direction marks and halves of surrogate pairs become escapes, as in `\u001b`. With `lines`, line ends and tabs stay.
 */
export function printable(text: string, { lines = false }: { readonly lines?: boolean } = {}): string {
  return text.replaceAll(unprintable, (character) =>
    lines && (character === '\n' || character === '\t') ? character : escaped(character),
  );
}

const unprintable = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;
}
