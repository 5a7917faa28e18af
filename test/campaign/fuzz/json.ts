/** Changes of JSON that stay JSON: other types, keys that are gone, doubled or special, numbers out of range, depth. */
import type { Random } from '../random.js';
import { integers } from './bytes.js';

/** JSON texts in the place of a value. */
const values: readonly string[] = [
  ...[
    'null',
    'true',
    'false',
    '""',
    '"x"',
    '[]',
    '{}',
    '[[]]',
    '{"a":1}',
    '[null]',
    '[1,"a",null]',
    '-0',
    '0.5',
  ],
  ...['1e308', '-1e308', '1e999', '1e-320', '"NaN"', '{"number":"NaN"}', '"__proto__"', '"constructor"'],
  ...[
    '{"__proto__":{"polluted":1}}',
    '"../../up"',
    '"a/b"',
    '"/"',
    '"\\u0000"',
    '"\\ud800"',
    '"2026-99-99T00:00:00"',
  ],
  ...integers.map(String),
  JSON.stringify('long'.repeat(5000)),
  `[${'0,'.repeat(20_000)}0]`,
  '['.repeat(300) + ']'.repeat(300),
  '['.repeat(20_000) + ']'.repeat(20_000),
  '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000),
];

const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'length', '0', 'x', 'a/b', '..'];

/** Marks a place whose text is put in at the end: what `JSON.stringify` would not write. */
interface Raw {
  readonly raw: string;
}
class RawText implements Raw {
  constructor(readonly raw: string) {}
}

type Json = null | boolean | number | string | RawText | Json[] | Members;
/** An object as a list, so that a key can be there twice. */
class Members {
  constructor(readonly entries: [string, Json][]) {}
}

function toTree(value: unknown): Json {
  if (Array.isArray(value)) return value.map(toTree);
  if (typeof value === 'object' && value !== null)
    return new Members(Object.entries(value).map(([key, member]) => [key, toTree(member)]));
  return value as Json;
}

function toText(tree: Json): string {
  if (tree instanceof RawText) return tree.raw;
  if (Array.isArray(tree)) return `[${tree.map(toText).join(',')}]`;
  if (tree instanceof Members)
    return `{${tree.entries.map(([key, member]) => `${JSON.stringify(key)}:${toText(member)}`).join(',')}}`;
  return JSON.stringify(tree);
}

/** A place of the tree: what is there, and how to put something else there. */
interface Place {
  readonly tree: Json;
  readonly put: (tree: Json) => void;
}

function placesOf(root: { tree: Json }): Place[] {
  const places: Place[] = [];
  const walk = (place: Place): void => {
    places.push(place);
    const { tree } = place;
    if (Array.isArray(tree))
      tree.forEach((item, i) => {
        walk({ tree: item, put: (other) => (tree[i] = other) });
      });
    if (tree instanceof Members)
      tree.entries.forEach((entry) => {
        walk({ tree: entry[1], put: (other) => (entry[1] = other) });
      });
  };
  walk({ tree: root.tree, put: (other) => (root.tree = other) });
  return places;
}

function changePlace(place: Place, places: readonly Place[], random: Random): void {
  const { tree, put } = place;
  if (typeof tree === 'string' && /^[[{]/.test(tree) && random.chance(0.7)) {
    const inner = changeJson(tree, random);
    if (inner !== null) {
      put(inner);
      return;
    }
  }
  const kind = random.below(5);
  if (kind === 0) put(new RawText(toText(random.pick(places).tree)));
  else if (kind === 1) put(random.pick<Json>([[tree], new Members([['value', tree]]), toText(tree)]));
  else if (kind === 2 && typeof tree === 'number')
    put(random.pick([tree + 1, tree - 1, -tree, tree * 1e9, tree / 3]));
  else if (kind <= 3 && Array.isArray(tree) && tree.length > 0) {
    if (random.chance(0.5)) tree.splice(random.below(tree.length), 1);
    else tree.splice(random.below(tree.length), 0, random.pick(tree));
  } else if (kind <= 3 && tree instanceof Members && tree.entries.length > 0) changeMembers(tree, random);
  else put(new RawText(random.pick(values)));
}

function changeMembers({ entries }: Members, random: Random): void {
  const at = random.below(entries.length);
  const [key, member] = entries[at];
  const change = random.below(4);
  if (change === 0) entries.splice(at, 1);
  else if (change === 1) entries[at] = [random.pick(keys), member];
  else if (change === 2) entries.push([random.pick([key, ...keys]), new RawText(random.pick(values))]);
  else entries.splice(at, 0, [key.slice(1), member]);
}

/** The text with something changed in it; null if it is no JSON. */
export function changeJson(text: string, random: Random): string | null {
  let root: { tree: Json };
  try {
    root = { tree: toTree(JSON.parse(text)) };
  } catch {
    return null;
  }
  const places = placesOf(root);
  // The places near the root are few, and their keys matter most.
  const place = random.chance(0.3) ? places[random.below(Math.min(places.length, 12))] : random.pick(places);
  changePlace(place, places, random);
  return toText(root.tree);
}

/** One line of a file of JSON lines, changed. */
export function changeJsonLine(text: string, random: Random): string | null {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const line = changeJson(lines[at], random);
  return line === null ? null : lines.with(at, line).join('\n');
}
