/** `metagrad/data` as the only entry that a program imports: this file imports no other. */
import { expect, it } from 'vitest';
import { readCsv } from '../../data/index.js';

it('gives tensors with methods, and operations are computed', () => {
  const { x } = readCsv('a,kind\n1,left\n2,right\n', { label: 'kind' });
  expect(x.mul(2).toArray()).toEqual([[2], [4]]);
});
