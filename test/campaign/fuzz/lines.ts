/** Changes of a file of lines: out of order, missing, again, from another file. */
import type { Random } from '../random.js';

type Lines = readonly string[];

const changes: readonly ((lines: Lines, random: Random, others: Lines) => Lines)[] = [
  (lines, random) => {
    const shuffled = [...lines];
    const start = random.below(shuffled.length);
    const end = Math.min(shuffled.length, start + 2 + random.below(8));
    for (let i = end - 1; i > start; i--) {
      const j = start + random.below(i - start + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    return shuffled;
  },
  (lines, random) => lines.toSpliced(random.below(lines.length), 1 + random.below(3)),
  (lines, random) => lines.toSpliced(random.below(lines.length), 0, random.pick(lines)),
  (lines, random, others) => lines.toSpliced(random.below(lines.length), 0, random.pick(others)),
  (lines, random) =>
    lines.toSpliced(
      random.below(lines.length),
      0,
      random.pick(['', ' ', '\r', '\ufeff', '{}', '[]', 'null']),
    ),
  (lines, random) => lines.slice(0, random.below(lines.length + 1)),
  (lines) => lines.map((line) => `${line}\r`),
  (lines) => [`\ufeff${lines[0]}`, ...lines.slice(1)],
];

export function changeLines(text: string, random: Random, others: readonly string[]): string {
  const lines = text.split('\n');
  const other = random.pick(others).split('\n');
  return random.pick(changes)(lines, random, other).join('\n');
}
