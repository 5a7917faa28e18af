/** What a page does that may not generate code: computed in Node (strictPage.test.ts) and in Chromium (gpu/strictPage.gpu.ts). */

/** Answers with numbers, and with what `compile` says. */
export const strictProgram = `
  import { compile, eagerProducts, erf, grad, tensor, where } from 'metagrad';

  const numbers = (n, seed) => Float32Array.from({ length: n }, (_, i) => Math.sin(seed * (i + 1)));
  const matrix = (seed) => tensor(numbers(64 * 64, seed)).reshape([64, 64]);
  const f = (x) => where(x.lt(0.2), erf(x.mul(x)), x.exp().pow(1.5)).add(x.transpose().tanh()).sum();

  const said = (run) => {
    try {
      run();
      return '';
    } catch (error) {
      return error.name + ': ' + error.message;
    }
  };

  export function results() {
    const x = matrix(1);
    return {
      gradient: [...grad(f)(x).toTypedArray()],
      plan: [...compile(grad(f), { backend: 'cpu' })(x).toTypedArray()],
      product: [...x.matmul(matrix(2)).toTypedArray()],
      productOnCpu: [...compile((a, b) => a.matmul(b), { backend: 'cpu' })(x, matrix(2)).toTypedArray()],
      eagerProducts: eagerProducts(),
      compile: said(() => compile(f)(x)),
    };
  }
`;

export interface StrictResults {
  readonly gradient: readonly number[];
  readonly plan: readonly number[];
  readonly product: readonly number[];
  readonly productOnCpu: readonly number[];
  readonly eagerProducts: string;
  readonly compile: string;
}
