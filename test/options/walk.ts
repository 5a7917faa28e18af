/**
 * Every function that an entry exports, as a JavaScript caller may call it: a misspelt option is refused with the right
 * name, what is no options object is refused, and whatever the arguments, no raw TypeError comes out of the library.
 */
import { describe, expect, it } from 'vitest';

/** A call that works, as a function of its options, and options that it takes: all those worth misspelling. */
export interface OptionSample {
  readonly call: (options: never) => unknown;
  readonly options: Readonly<Record<string, unknown>>;
  /** For an option that a bare value may stand for: such values are not refused. */
  readonly positional?: boolean;
}

/** What an entry exports: samples for a function with options, or 'none'. Others fail. */
export type Samples = Readonly<Record<string, OptionSample | readonly OptionSample[] | 'none'>>;

const rawError =
  /Cannot (read|destructure|convert|mix|set|create|assign)|is not (a function|iterable|a constructor)|not iterable|undefined \(|Invalid (array|typed array|array buffer|Date|time)|Maximum call stack|out of (memory|bounds|range)|Class constructor|before initialization|circular structure/;

const rawClasses: readonly unknown[] = [TypeError, RangeError, ReferenceError, SyntaxError];

/** What the call throws, be it now or by a rejected promise; a promise that stays open counts as accepted. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    const result = call();
    const patience = new Promise((resolve) => setTimeout(resolve, 2000, 'open').unref());
    await (result instanceof Promise ? Promise.race([result, patience]) : result);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The message of an error of the library; fails the test for any other error. */
function ownMessage(error: unknown, what: string): string {
  expect(error, what).toBeInstanceOf(Error);
  const { message, constructor } = error as Error;
  expect(
    rawClasses.includes(constructor) || rawError.test(message),
    `${what} throws a raw ${constructor.name}: ${message}`,
  ).toBe(false);
  return message;
}

const listOf = (sample: OptionSample | readonly OptionSample[]): readonly OptionSample[] =>
  'call' in sample ? [sample] : sample;

const misspelt = (name: string): string =>
  name.length < 3 ? `${name}_` : `${name.slice(0, -2)}${name.at(-1)!}`;

const noOptions: readonly (readonly [string, unknown])[] = [
  ['a word', 'quick'],
  ['a Map', new Map([['dim', 1]])],
  ['an instance of a class', new Date(0)],
  ['a function', () => 1],
];

/** Arguments that a caller may give by mistake. */
const strange: readonly (readonly [string, readonly unknown[]])[] = [
  ['nothing', []],
  ['null', [null]],
  ['a string', ['text']],
  ['a number', [5]],
  ['an object', [{}]],
  ['a list', [[1, 2]]],
  ['two nulls', [null, null]],
  ['two objects', [{}, {}]],
];

/**
 * Tests of an entry's exports. `notCalled` are functions that must not be called with strange arguments, with the reason.
 */
export function walkExports(
  entry: string,
  exports: Readonly<Record<string, unknown>>,
  samples: Samples,
  notCalled: Readonly<Record<string, string>> = {},
): void {
  const functions = Object.entries(exports).filter(
    (each): each is [string, (...args: unknown[]) => unknown] => typeof each[1] === 'function',
  );

  describe(`options of ${entry}`, () => {
    it('are sampled for every exported function, and for no other', () => {
      const isClass = (f: unknown): boolean => /^class\b/.test(String(f));
      const names = functions.filter(([, f]) => !isClass(f)).map(([name]) => name);
      expect(Object.keys(samples).sort()).toEqual(names.sort());
    });

    for (const [name, sample] of Object.entries(samples)) {
      if (sample === 'none') continue;
      for (const { call, options, positional = false } of listOf(sample)) {
        it(`${name}: takes ${Object.keys(options).join(', ')}, and refuses misspelt ones`, async () => {
          expect(await outcome(() => call(options as never))).toBeUndefined();
          for (const option of Object.keys(options)) {
            const { [option]: value, ...rest } = options;
            const wrong = misspelt(option);
            const error = await outcome(() => call({ ...rest, [wrong]: value } as never));
            const message = ownMessage(error, `${name} with ${wrong}`);
            expect(message).toContain(wrong);
            expect(message).toContain(option);
          }
        });

        it(`${name}: refuses what is no options object`, async () => {
          for (const [what, value] of noOptions) {
            if (positional && what === 'a word') continue;
            ownMessage(await outcome(() => call(value as never)), `${name} with ${what} as options`);
          }
        });
      }
    }

    for (const [name, f] of functions) {
      if (Object.hasOwn(notCalled, name) || /^class\b/.test(String(f))) continue;
      it(`${name}: strange arguments get a result or an error of the library`, async () => {
        for (const [what, args] of strange) {
          const error = await outcome(() => f(...args));
          if (error !== undefined) ownMessage(error, `${name} with ${what}`);
        }
      });
    }
  });
}
