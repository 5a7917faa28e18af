import { indexOutOfRange, refuseMatrix, refusing } from '../../errors.js';
import { power } from '../../power.js';
import type { FunctionIndex } from './encoder.js';
import type { Features } from './features.js';
import type { ModuleBuilder } from './module.js';
import { clearUpperHalves } from './upperHalves.js';

/** Functions of JavaScript that kernels may call. */
export interface HostFunctions {
  readonly sin: FunctionIndex;
  readonly cos: FunctionIndex;
  readonly pow: FunctionIndex;
  /** The same of float64. */
  readonly sin64: FunctionIndex;
  readonly cos64: FunctionIndex;
  readonly pow64: FunctionIndex;
  /** `(operation, index, number, count, size)` throws the error for an index out of range. */
  readonly fail: FunctionIndex;
  /** `(operation, number, count, column)` throws the error for a matrix without a result. */
  readonly refuse: FunctionIndex;
}

const functions = {
  sin: Math.sin,
  cos: Math.cos,
  pow: power,
  sin64: Math.sin,
  cos64: Math.cos,
  pow64: power,
  fail(operation: number, index: number, number: number, count: number, size: number): never {
    return indexOutOfRange(
      operation === 0 ? 'gather' : 'scatterAdd',
      index,
      `number ${number} of ${count}`,
      size,
    );
  },
  refuse: (operation: number, number: number, count: number, column: number): never =>
    refuseMatrix(refusing[operation], number, count, column),
};

/** Functions of the C library are slow as long as upper halves are in use. */
const cleared =
  <Numbers extends readonly number[]>(compute: (...numbers: Numbers) => number) =>
  (...numbers: Numbers): number => {
    clearUpperHalves();
    return compute(...numbers);
  };

const { sin, cos, pow, sin64, cos64, pow64 } = functions;
const clearing: typeof functions = {
  ...functions,
  sin: cleared(sin),
  cos: cleared(cos),
  pow: cleared(pow),
  sin64: cleared(sin64),
  cos64: cleared(cos64),
  pow64: cleared(pow64),
};

/** What modules import. */
export const hostFunctions = ({ simd }: Features): typeof functions => (simd === 256 ? clearing : functions);

export function importHostFunctions(module: ModuleBuilder): HostFunctions {
  const sin = module.importFunction('sin', { params: ['f32'], results: ['f32'] });
  const cos = module.importFunction('cos', { params: ['f32'], results: ['f32'] });
  const pow = module.importFunction('pow', { params: ['f32', 'f32'], results: ['f32'] });
  const sin64 = module.importFunction('sin64', { params: ['f64'], results: ['f64'] });
  const cos64 = module.importFunction('cos64', { params: ['f64'], results: ['f64'] });
  const pow64 = module.importFunction('pow64', { params: ['f64', 'f64'], results: ['f64'] });
  const fail = module.importFunction('fail', { params: ['i32', 'i32', 'i32', 'i32', 'i32'], results: [] });
  const refuse = module.importFunction('refuse', { params: ['i32', 'i32', 'i32', 'i32'], results: [] });
  return { sin, cos, pow, sin64, cos64, pow64, fail, refuse };
}
