import { describe, expect, it } from 'vitest';
import { readCsv } from '../../data/index.js';
import { FormatError } from '../../engine/index.js';

const flowers = 'length, width ,kind\n5.1,3.5,setosa\n7,3.2,versicolor\n\n-6.3e0,.5,setosa\n';

describe('readCsv', () => {
  it('makes rows of numbers, and numbers of classes', () => {
    const { x, y, features, classes } = readCsv(flowers, { label: 'kind' });
    expect(x.toArray()).toEqual([
      [Math.fround(5.1), 3.5],
      [7, Math.fround(3.2)],
      [Math.fround(-6.3), 0.5],
    ]);
    expect([x.dtype, y.dtype]).toEqual(['float32', 'int32']);
    expect(y.toArray()).toEqual([0, 1, 0]);
    expect(features).toEqual(['length', 'width']);
    expect(classes).toEqual(['setosa', 'versicolor']);
  });

  it('takes the columns that are named, in their order, and the classes that are given', () => {
    const { x, y } = readCsv(flowers, {
      label: 'kind',
      features: ['width'],
      classes: ['virginica', 'versicolor', 'setosa'],
    });
    expect(x.shape).toEqual([3, 1]);
    expect(y.toArray()).toEqual([2, 1, 2]);
  });

  it('numbers classes that are numbers by their size', () => {
    const { y, classes } = readCsv('x,y\n0,10\n0,9\n0,-1\n', { label: 'y' });
    expect(classes).toEqual(['-1', '9', '10']);
    expect(y.toArray()).toEqual([2, 1, 0]);
  });

  it('reads quotes, line ends of Windows, a byte order mark, and a last line without its end', () => {
    const text = '\uFEFF"x, in ""mm""",y\r\n"1","a\nb"\r\n2,c,';
    expect(() => readCsv(text, { label: 'y' })).toThrow('line 4 has 3 fields where the header has 2');
    const { x, features, classes } = readCsv(text.slice(0, -1), { label: 'y' });
    expect(x.toArray()).toEqual([[1], [2]]);
    expect(features).toEqual(['x, in "mm"']);
    expect(classes).toEqual(['a\nb', 'c']);
  });

  it.each([
    ['', 'line 1 has no examples'],
    ['x,y\n', 'line 1 has no examples'],
    ['x,z\n1,2\n', "line 1 has no column 'y'; it has x, z."],
    ['x,y, x \n1,2,3\n', "line 1 has two columns 'x', which cannot be told apart."],
    ['x,y\n1,2\n\n3\n', 'line 4 has 1 fields where the header has 2.'],
    ['x,y\n1,2\nabc,2\n', "line 3 has 'abc' in column 'x', which must be a finite number."],
    ['x,y\n,2\n', "line 2 has '' in column 'x'"],
    ['x,y\n1e999,2\n', "line 2 has '1e999' in column 'x'"],
    ['x,y\n"1,2\n', 'line 2 has a double quote out of place'],
    ['x,y\n"a\nb"c,2\n', 'line 2 has a double quote out of place'],
  ])('refuses %j', (text, message) => {
    expect(() => readCsv(text, { label: 'y' })).toThrow(FormatError);
    expect(() => readCsv(text, { label: 'y' })).toThrow(message);
  });

  it('reads a quoted field of any length, and refuses one that is not closed', () => {
    const long = 'a'.repeat(2e7);
    expect(readCsv(`x,y\n1,"${long}"\n`, { label: 'y' }).classes[0].length).toBe(2e7);
    const unclosed = () => readCsv(`x,y\n1,"${long}\n`, { label: 'y' });
    expect(unclosed).toThrow(FormatError);
    expect(unclosed).toThrow('line 2 has a double quote out of place');
  });

  it('refuses a class that is not expected', () => {
    expect(() => readCsv(flowers, { label: 'kind', classes: ['setosa'] })).toThrow(
      "line 3 has class 'versicolor', which is none of setosa.",
    );
  });
});
