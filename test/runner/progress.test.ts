import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startProgress } from '../../experiments/runner/terminal/progress.js';

class FakeStream extends EventEmitter {
  readonly written: string[] = [];
  constructor(
    readonly isTTY: boolean,
    readonly columns = 200,
  ) {
    super();
  }
  write(text: string): boolean {
    this.written.push(text);
    return true;
  }
}

/** A progress of 100 steps on a fake stream, with a clock in milliseconds that only the test moves. */
function start(stream: FakeStream, options: { quiet?: boolean; total?: number } = {}) {
  const clock = { time: 5000 };
  const progress = startProgress({ total: 100, ...options, stream, now: () => clock.time });
  return { clock, progress };
}

const clear = '\r\u001b[2K';

describe('on a terminal', () => {
  it('rewrites one line, at most ten times a second', () => {
    const stream = new FakeStream(true);
    const { clock, progress } = start(stream);
    for (let step = 0; step < 50; step++) {
      clock.time += 20;
      progress.step();
    }
    expect(stream.written).toHaveLength(10); // one second of work: at 20, 120, ... 920 ms
    expect(stream.written.every((text) => text.startsWith(clear) && !text.includes('\n'))).toBe(true);
    expect(stream.written.at(-1)).toBe(`${clear}46/100 steps  46 %  50/s  1 s left`);
    progress.finish();
    expect(stream.written.slice(-2)).toEqual([`${clear}50/100 steps  50 %  50/s  in 1 s`, '\n']);
  });

  it('says where the run is', () => {
    const stream = new FakeStream(true);
    const { clock, progress } = start(stream, { total: 4000 });
    clock.time += 10_000;
    progress.at({ study: 'warm-start', arm: 'cold', trial: '3/10', seed: 7, epoch: 4 });
    clock.time += 90_000;
    progress.step(1000);
    expect(stream.written).toEqual([
      `${clear}0/4000 steps  0 %  warm-start, arm cold, trial 3/10, seed 7, epoch 4`,
      `${clear}1000/4000 steps  25 %  10/s  5 min 00 s left  warm-start, arm cold, trial 3/10, seed 7, epoch 4`,
    ]);
  });

  it('cuts the line to the width of the terminal', () => {
    const stream = new FakeStream(true, 30);
    const { clock, progress } = start(stream);
    clock.time += 1000;
    progress.at({ study: 'a study with quite a long name' });
    expect(stream.written).toEqual([`${clear}0/100 steps  0 %  a study wi…`]);
    expect(stream.written[0].slice(clear.length)).toHaveLength(29);
  });

  it('takes a terminal that does not know its width for 80 columns wide', () => {
    const stream = new FakeStream(true, 0);
    const { clock, progress } = start(stream);
    clock.time += 1000;
    progress.at({ study: 'a'.repeat(100) });
    expect(stream.written[0].slice(clear.length)).toHaveLength(79);
  });

  it('puts a note on a line of its own and comes back below', () => {
    const stream = new FakeStream(true);
    const { progress } = start(stream);
    progress.step();
    progress.note('finishing the record');
    progress.step();
    expect(stream.written[1]).toBe(`${clear}finishing the record\n`);
    expect(stream.written[2]).toContain('2/100 steps');
  });
});

describe('elsewhere', () => {
  it('adds a plain line every ten seconds, and one at the end', () => {
    const stream = new FakeStream(false);
    const { clock, progress } = start(stream);
    for (let step = 0; step < 24; step++) {
      clock.time += 1000;
      progress.step();
    }
    progress.finish();
    expect(stream.written).toEqual([
      '10/100 steps  10 %  1.0/s  1 min 30 s left\n',
      '20/100 steps  20 %  1.0/s  1 min 20 s left\n',
      '24/100 steps  24 %  1.0/s  in 24 s\n',
    ]);
  });

  it('is silent when quiet, but for notes', () => {
    const stream = new FakeStream(false);
    const { clock, progress } = start(stream, { quiet: true });
    clock.time += 60_000;
    progress.step(100);
    progress.note('interrupted');
    progress.finish();
    expect(stream.written).toEqual(['interrupted\n']);
  });

  it('shows nothing after it has finished', () => {
    const stream = new FakeStream(false);
    const { clock, progress } = start(stream);
    progress.finish();
    clock.time += 60_000;
    progress.step();
    progress.finish();
    expect(stream.written).toHaveLength(1);
  });
});

describe('when the reader goes away', () => {
  it('goes on without it, and passes other errors on', () => {
    const stream = new FakeStream(false);
    start(stream);
    start(stream);
    expect(stream.listenerCount('error')).toBe(1);
    expect(() =>
      stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    ).not.toThrow();
    expect(() => stream.emit('error', Object.assign(new Error('disk full'), { code: 'ENOSPC' }))).toThrow(
      'disk full',
    );
  });
});
