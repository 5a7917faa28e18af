import type { Local, Pushed } from '../../assembler/encoder.js';
import type { Vectors } from '../vector.js';
import { expOfModerate } from './exponentials.js';
import { withSignOf } from './parts.js';

/** erf x = x + x (...) in x^2 for |x| <= 1, to 2^-55. */
// prettier-ignore
const near = [
  0.12837916709551256, -0.3761263890318352, 0.11283791670944174, -0.02686617064310967, 0.005223977606103403,
  -0.0008548325928577375, 0.00012055293554467022, -1.4924711864250872e-05, 1.6447126091727992e-06,
  -1.6206271224835917e-07, 1.371079405380589e-08, -7.779116369053754e-10,
];
/** log(1 - erf x) = -x^2 + (...) in (x - 3.5)/2.5 for 1 <= x <= 6; 1 - e^(...) is erf x to 2^-56. */
// prettier-ignore
const far = [
  -1.862437402141128, -0.665248970647043, 0.20779340958303585, -0.08165092548760557, 0.03412816575652516,
  -0.014385639853606766, 0.005953175256449499, -0.0023601380041205445, 0.000954520092819254, -0.00019798510481483666,
  0.0001003391322493148, -0.000426992120831785, -0.0010290830047264173, -0.0013886876535559578,
  -0.0011959477900127557, -0.000645944391489396, -0.00020665924611025028, -2.8689164582216622e-05,
];

/** erf x, 1.7 ulp. */
export function erf(v: Vectors, x: Local): Pushed {
  const { get, number } = v;
  const square = v.keep(v.mul(get(x), get(x)));
  const small = v.keep(v.madd(v.polynomial(square, near), get(x), () => get(x)));
  const magnitude = v.keep(v.pmin(v.abs(get(x)), number(6)));
  const u = v.keep(v.madd(get(magnitude), number(0.4), () => number(-1.4)));
  const tail = v.keep(v.polynomial(u, far));
  const exponent = v.keep(v.sub(get(tail), v.mul(get(magnitude), get(magnitude))));
  const large = v.keep(v.sub(number(1), expOfModerate(v, exponent)));
  return v.select(get(small), withSignOf(v, x, get(large)), v.lt(v.abs(get(x)), number(1)));
}
