import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { InterruptedError, listenForInterrupt } from '../../experiments/runner/terminal/interrupt.js';

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

function listen() {
  const host = new FakeProcess();
  const told: string[] = [];
  const clock = { now: 0 };
  const interrupt = listenForInterrupt({ host, onInterrupt: (by) => told.push(by), now: () => clock.now });
  return { host, told, interrupt, clock };
}

describe('listenForInterrupt', () => {
  it('ends a loop at its next pause, once the signal has come', async () => {
    const { host, told, interrupt } = listen();
    const epochs: number[] = [];
    const training = (async () => {
      for (let epoch = 1; epoch <= 10_000; epoch++) {
        epochs.push(epoch);
        await interrupt.pause();
      }
    })();
    setImmediate(() => host.emit('SIGINT'));
    await expect(training).rejects.toMatchObject({ name: 'InterruptedError', by: 'SIGINT', exitCode: 130 });
    expect(epochs.length).toBeLessThan(10);
    expect(told).toEqual(['SIGINT']);
    expect(host.exits).toEqual([]);
  });

  it('lets a real signal in that arrives while the loop computes', async () => {
    const interrupt = listenForInterrupt();
    process.kill(process.pid, 'SIGTERM');
    const until = performance.now() + 20;
    while (performance.now() < until);
    expect(interrupt.signal.aborted).toBe(false);
    // The kernel's signal reaches the event loop within some turns.
    await expect(
      (async () => {
        for (let turn = 0; turn < 1000; turn++) await interrupt.pause();
      })(),
    ).rejects.toThrow('interrupted by SIGTERM');
    interrupt.dispose();
  });

  it('takes a signal that comes twice at once, as it does under npm, for one', () => {
    const { host, told, clock } = listen();
    host.emit('SIGINT');
    clock.now = 400;
    host.emit('SIGINT');
    expect(host.exits).toEqual([]);
    expect(told).toEqual(['SIGINT']);
  });

  it('exits at the second signal, with the code of that signal', () => {
    const { host, told, interrupt, clock } = listen();
    host.emit('SIGINT');
    clock.now = 600;
    expect(interrupt.signal.aborted).toBe(true);
    expect(interrupt.signal.reason).toBeInstanceOf(InterruptedError);
    host.emit('SIGTERM');
    expect(host.exits).toEqual([143]);
    expect(told).toEqual(['SIGINT']);
  });

  it('leaves no listener behind', () => {
    const { host, interrupt } = listen();
    expect(host.listenerCount('SIGINT') + host.listenerCount('SIGTERM')).toBe(2);
    interrupt.dispose();
    expect(host.listenerCount('SIGINT') + host.listenerCount('SIGTERM')).toBe(0);
  });
});
