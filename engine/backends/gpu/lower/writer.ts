/** Writes the kernels that gpu.js translates: JavaScript in the small part of the language that all its modes get right. */

/** A variable times a step, as a part of a place in an array. */
export type Term = readonly [variable: string, step: number];

/** Where a kernel reads elements: its parameter of this number, or a number that is the same everywhere. */
export type Leaf = { readonly parameter: number } | { readonly constant: number };

/** Indices are computed in float32, where integers are exact up to here. */
export const largestIndex = 2 ** 24;

/** Up to here the quotient of two integers is right when it is rounded down from half a step above. */
const largestSimpleQuotient = 2 ** 20;

export interface Writer {
  /** Computes a value once and gives it a name. It is float32 on devices, whatever it is computed from. */
  value(text: string): string;
  /** Computes an integer once and gives it a name: array indices are computed in integers, which is faster. */
  index(text: string): string;
  /** A name whose value changes. */
  variable(initial: string): string;
  line(text: string): void;
  /** Runs what `body` writes for k from 0 to `count` - 1. */
  loop(count: number, body: (k: string) => void): void;
  /** Runs what `body` writes where all conditions hold. */
  when(conditions: readonly string[], body: () => void): void;
  /** The coordinates of the element at hand in an output of these sizes; '0' along axes of size 1. */
  coordinates(sizes: readonly number[]): string[];
  /** The element of an array at `offset` and steps from there. */
  read(from: Leaf, offset: number, terms: readonly Term[]): string;
  /** `x / n` rounded down, and the remainder, of integers from -`largest` to `largest`. */
  divide(x: string, n: number, largest: number): readonly [quotient: string, rest: string];
  /** The source of the function, which returns `result`. */
  finish(parameters: number, result: string): string;
}

/** @param draws Whether gpu.js translates to GLSL, in which a variable that is declared integer cannot be assigned a float. */
export function kernelWriter(draws = false): Writer {
  const lines: string[] = [];
  let depth = 1;
  let names = 0;
  const fresh = (letter: string): string => `${letter}${names++}`;
  const line = (text: string): void => {
    lines.push('  '.repeat(depth) + text);
  };
  const block = (head: string, body: () => void): void => {
    line(`${head} {`);
    depth++;
    body();
    depth--;
    line('}');
  };
  const value = (text: string): string => {
    if (/^[tv]\d+$/.test(text)) return text;
    const name = fresh('t');
    line(`const ${name} = ${text};`);
    return name;
  };
  const variable = (initial: string): string => {
    const name = fresh('v');
    line(`let ${name} = ${initial};`);
    return name;
  };
  const index = (text: string): string => {
    if (/^[ik]?\d+$/.test(text)) return text;
    if (draws) return variable(text);
    const name = fresh('i');
    line(`let ${name} = 0;`);
    line(`${name} = ${text} - 1;`);
    // Of all that a function declares, gpu.js takes for whole only what is counted up by one.
    line(`${name}++;`);
    return name;
  };
  const divide = (x: string, n: number, largest: number): readonly [string, string] => {
    if (n === 1) return [x, '0'];
    const quotient = index(`Math.floor((${x} + 0.5) / ${n})`);
    if (largest > largestSimpleQuotient) {
      // One too small or too large at most; the remainder tells.
      line(`if (${x} - ${quotient} * ${n} < 0) { ${quotient} = ${quotient} - 1; }`);
      line(`if (${x} - ${quotient} * ${n} >= ${n}) { ${quotient} = ${quotient} + 1; }`);
    }
    return [quotient, index(`${x} - ${quotient} * ${n}`)];
  };

  return {
    value,
    index,
    variable,
    line,
    loop(count, body) {
      const k = fresh('k');
      block(`for (let ${k} = 0; ${k} < ${count}; ${k}++)`, () => {
        body(k);
      });
    },
    when(conditions, body) {
      if (conditions.length === 0) body();
      else block(`if (${conditions.join(' && ')})`, body);
    },
    coordinates(sizes) {
      const coordinates = sizes.map(() => '0');
      const large = sizes.flatMap((size, axis) => (size === 1 ? [] : [axis]));
      let rest = 'this.thread.x';
      let largest = sizes.reduce((product, size) => product * size, 1);
      while (large.length > 1) {
        const axis = large.pop()!;
        [rest, coordinates[axis]] = divide(rest, sizes[axis], largest);
        largest /= sizes[axis];
      }
      if (large.length === 1) coordinates[large[0]] = rest;
      return coordinates;
    },
    read(from, offset, terms) {
      if ('constant' in from) return numberText(from.constant);
      return `a${from.parameter}[${placeText(offset, terms)}]`;
    },
    divide,
    finish(parameters, result) {
      const list = Array.from({ length: parameters }, (_, i) => `a${i}`).join(', ');
      return [`function (${list}) {`, ...lines, `  return ${result};`, '}'].join('\n');
    },
  };
}

/** `offset + x*steps[0] + ...`, as short as it can be written. */
export function placeText(offset: number, terms: readonly Term[]): string {
  const parts: string[] = [];
  // One number in all: GLSL by gpu.js would take the sum of two for a fraction.
  let constant = offset;
  for (const [variable, step] of terms)
    if (/^\d+$/.test(variable)) constant += Number(variable) * step;
    else if (step !== 0) parts.push(step === 1 ? variable : `${variable} * ${step}`);
  if (constant !== 0 || parts.length === 0) parts.push(String(constant));
  return parts.join(' + ').replaceAll('+ -', '- ');
}

/** The largest number of float32, which stands for infinity: devices do not agree on what infinity does. */
export const largestNumber = 3.4028234663852886e38;

/**
 * A number as kernels write it. Infinity becomes the largest number.
 * @throws RangeError for NaN, which devices may treat as any number.
 */
export function numberText(value: number): string {
  if (Number.isNaN(value))
    throw new RangeError(
      'compile: the plan has NaN as a constant, which a GPU may take for any number; compute it on the wasm or cpu backend.',
    );
  const finite = Math.max(-largestNumber, Math.min(largestNumber, value));
  return finite < 0 || Object.is(finite, -0) ? `(${Object.is(finite, -0) ? '-0' : finite})` : String(finite);
}
