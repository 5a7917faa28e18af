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
    ['x,y\n1e999,2\n', "line 2 has '1e999' in column 'x', which is beyond the range of float32"],
    ['x,y\n1,0\n1e39,0\n', "line 3 has '1e39' in column 'x', which is beyond the range of float32; ask for"],
    [
      'x,y\n16777217,0\n',
      "'16777217' in column 'x', an integer that float32 cannot hold exactly; ask for {dtype",
    ],
    ['x,y\n0x10,0\n', "'0x10' in column 'x', which must be a finite number"],
    ['x,y\nInfinity,0\n', "'Infinity' in column 'x', which must be a finite number"],
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

  it('counts lines within quotes, by any line end', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = ['x,y', '1,"a', '', 'b"', '', '2,b', 'q,c'].join(end);
      expect(() => readCsv(text, { label: 'y' }), JSON.stringify(end)).toThrow(
        "line 7 has 'q' in column 'x'",
      );
    }
  });

  it('keeps integers up to 2^24 in float32 and beyond in float64', () => {
    const column = (text: string, dtype?: 'float64') =>
      readCsv(`x,y\n${text},0\n`, { label: 'y', ...(dtype && { dtype }) }).x;
    expect(column('16777216').item()).toBe(2 ** 24);
    expect(column('16777218').item()).toBe(2 ** 24 + 2);
    expect(column('1e30').item()).toBe(Math.fround(1e30));
    expect(column('+16777217', 'float64').item()).toBe(2 ** 24 + 1);
    expect(column('1e39', 'float64').item()).toBe(1e39);
    expect(column('0.1', 'float64').dtype).toBe('float64');
    expect(() => column('9007199254740993', 'float64')).toThrow(
      "line 2 has '9007199254740993' in column 'x', an integer that float64 cannot hold exactly.",
    );
  });

  it('reads 40,000 columns and long numbers in linear time', () => {
    const names = Array.from({ length: 40000 }, (_, i) => `c${i}`);
    const begun = performance.now();
    const { x } = readCsv(`${names.join()}\n${names.map(() => 1).join()}\n`, { label: 'c0' });
    expect(x.shape).toEqual([1, 39999]);
    expect(() => readCsv(`${names.join()}\n1\n`, { label: 'none' })).toThrow('c19 and 39980 more.');
    expect(() => readCsv(`x,y\n${'1'.repeat(400_000)}x,0\n`, { label: 'y' })).toThrow('must be a finite');
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('refuses a class that is not expected', () => {
    expect(() => readCsv(flowers, { label: 'kind', classes: ['setosa'] })).toThrow(
      "line 3 has class 'versicolor', which is none of setosa.",
    );
  });
});
