/** Random programs of concatenations: parts used twice, returned, empty, nested, and results over donated arguments. */
import * as fc from 'fast-check';
import { it } from 'vitest';
import {
  type Tensor,
  add,
  cat,
  compile,
  fromTypedArray,
  maximum,
  mul,
  narrow,
  neg,
  stack,
} from '../../engine/index.js';
import { expectSame } from './values.js';

type Choice = readonly [operation: number, a: number, b: number, detail: number];

/** Exact in float32, so that every backend gives the same bits. */
const operations: readonly ((a: Tensor, b: Tensor, detail: number) => Tensor)[] = [
  (a) => add(a, a),
  (a) => neg(a),
  (a) => maximum(a, mul(a, 0.5)),
  (a, _, detail) => mul(a, detail),
  (a, b) => cat([a, b]),
  (a, b) => cat([b, a, b]),
  (a, b) => cat([a, narrow(b, 0, 0, 0), b]),
  (a, b) => cat([cat([neg(a), b]), cat([mul(b, 2), a])]),
  (a) => stack([a, neg(a)]).reshape([2 * a.size]),
  (a, b) => cat([a.reshape([1, a.size]), b.reshape([1, b.size])], { dim: 1 }).reshape([a.size + b.size]),
  (a, _, detail) => narrow(a, 0, Math.min(detail % 3, a.size), a.size),
  (a, _, detail) => narrow(a, 0, 0, Math.max(0, a.size - (detail % 3))),
];

const longest = 60;

/** Returns its newest values, and for each argument one of its size, for the donated memory. */
const run =
  (choices: readonly Choice[], returned: number) =>
  (...args: Tensor[]): readonly Tensor[] => {
    const values = [...args];
    const at = (back: number): Tensor => values[values.length - 1 - (back % values.length)];
    for (const [operation, a, b, detail] of choices) {
      const value = operations[operation % operations.length](at(a), at(b), detail);
      if (value.size <= longest) values.push(value);
    }
    const alike = args.map((arg) => values.findLast(({ size }) => size === arg.size)!);
    return [...alike, ...values.slice(-returned)];
  };

const program = fc.array(fc.tuple(fc.nat(1000), fc.nat(6), fc.nat(6), fc.integer({ min: 1, max: 7 })), {
  minLength: 3,
  maxLength: 12,
});

const sizes = [5, 3, 5];
const inputs = (): Tensor[] =>
  sizes.map((size, i) => fromTypedArray(Float32Array.from({ length: size }, (_, k) => k + 1 + 10 * i)));

it.each(['cpu', 'wasm'] as const)('give on %s what they give eagerly', (backend) => {
  fc.assert(
    fc.property(
      program,
      fc.integer({ min: 1, max: 4 }),
      fc.subarray([0, 1, 2]),
      (choices, returned, donate) => {
        const f = run(choices, returned);
        const compiled = compile(f, { backend, donate });
        let [expected, actual] = [f(...inputs()), compiled(...inputs())];
        expectSame(actual, expected);
        // Again, from what the first call has left in the plan's memory.
        [expected, actual] = [f(...expected.slice(0, 3)), compiled(...actual.slice(0, 3))];
        expectSame(actual, expected);
      },
    ),
    { numRuns: 150, seed: 7 },
  );
});
