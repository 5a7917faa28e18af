/**
 * The reports of a trial by step, in the order of reporting: an immutable map that shares its entries with its predecessor, so
 * that n reports cost O(n) in all, though every record of the trial has its own.
 */
import { inspect } from 'node:util';

/** The entries that a map shares with its successors; a map of size n has the first n of them. */
type Entries = {
  readonly places: Map<number, number>;
  readonly steps: number[];
  readonly values: number[];
  /** After each entry: the two largest steps, and the smallest and the largest value apart from NaN. */
  readonly last: number[];
  readonly secondLast: number[];
  readonly lowest: number[];
  readonly highest: number[];
  /** Number of entries from the first on with increasing steps. */
  ordered: number;
};

export class Reports implements ReadonlyMap<number, number> {
  readonly #entries: Entries;
  readonly #size: number;

  private constructor(entries: Entries, size: number) {
    this.#entries = entries;
    this.#size = size;
  }

  static of(reports: Iterable<readonly [number, number]>): Reports {
    if (reports instanceof Reports) return reports;
    const entries: Entries = {
      places: new Map(),
      steps: [],
      values: [],
      last: [],
      secondLast: [],
      lowest: [],
      highest: [],
      ordered: 0,
    };
    for (const [step, value] of new Map(reports)) push(entries, step, value);
    return new Reports(entries, entries.steps.length);
  }

  /** These and another report; a step that was reported before gets the new value. */
  with(step: number, value: number): Reports {
    if (this.has(step)) return Reports.of(new Map(this).set(step, value));
    const isNewest = this.#entries.steps.length === this.#size;
    const entries = isNewest ? this.#entries : Reports.of(new Map(this)).#entries;
    push(entries, step, value);
    return new Reports(entries, this.#size + 1);
  }

  /** The same reports in the order of their steps. */
  inOrder(): Reports {
    if (this.#entries.ordered >= this.#size) return this;
    return Reports.of([...this].sort(([a], [b]) => a - b));
  }

  /** The first `count` of them. */
  first(count: number): Reports {
    return new Reports(this.#entries, count);
  }

  /** The values from the report `count` on. */
  valuesFrom(count: number): readonly number[] {
    return this.#entries.values.slice(count, this.#size);
  }

  get size(): number {
    return this.#size;
  }

  /** The largest step, null before the first report. */
  get lastStep(): number | null {
    return this.#entries.last[this.#size - 1] ?? null;
  }

  /** The second largest step; -Infinity if there is none. */
  get secondLastStep(): number {
    return this.#entries.secondLast[this.#size - 1] ?? -Infinity;
  }

  /** The smallest and the largest value apart from NaN; null while there is none. */
  get range(): { readonly low: number; readonly high: number } | null {
    const { lowest, highest } = this.#entries;
    const [low, high] = [lowest[this.#size - 1] ?? NaN, highest[this.#size - 1] ?? NaN];
    return Number.isNaN(low) ? null : { low, high };
  }

  has(step: number): boolean {
    return (this.#entries.places.get(step) ?? Infinity) < this.#size;
  }

  get(step: number): number | undefined {
    return this.has(step) ? this.#entries.values[this.#entries.places.get(step)!] : undefined;
  }

  *keys(): Generator<number, undefined> {
    for (let i = 0; i < this.#size; i++) yield this.#entries.steps[i];
    return undefined;
  }

  *values(): Generator<number, undefined> {
    for (let i = 0; i < this.#size; i++) yield this.#entries.values[i];
    return undefined;
  }

  *entries(): Generator<[number, number], undefined> {
    for (let i = 0; i < this.#size; i++) yield [this.#entries.steps[i], this.#entries.values[i]];
    return undefined;
  }

  [Symbol.iterator](): Generator<[number, number], undefined> {
    return this.entries();
  }

  forEach(visit: (value: number, step: number, map: ReadonlyMap<number, number>) => void): void {
    for (const [step, value] of this) visit(value, step, this);
  }

  [inspect.custom](): unknown {
    return new Map(this);
  }
}

function push(entries: Entries, step: number, value: number): void {
  const at = entries.steps.length - 1;
  const [last, secondLast] = [entries.last[at] ?? -Infinity, entries.secondLast[at] ?? -Infinity];
  const [lowest, highest] = [entries.lowest[at] ?? NaN, entries.highest[at] ?? NaN];
  if (step > last && entries.ordered === at + 1) entries.ordered++;
  entries.places.set(step, at + 1);
  entries.steps.push(step);
  entries.values.push(value);
  entries.last.push(Math.max(last, step));
  entries.secondLast.push(step > last ? last : Math.max(secondLast, step));
  entries.lowest.push(value < lowest || Number.isNaN(lowest) ? value : lowest);
  entries.highest.push(value > highest || Number.isNaN(highest) ? value : highest);
}
