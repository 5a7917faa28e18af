/** One line on stderr: how far a campaign is, how fast, and how long it will still take. */
export interface Progress {
  step(text: string): void;
  /** Prints lines on stdout. */
  say(...lines: readonly string[]): void;
  finish(): void;
}

export function startProgress(total: number, unit: string): Progress {
  const begin = performance.now();
  const every = process.stderr.isTTY ? 200 : 10_000;
  let done = 0;
  let shown = begin;
  let last = '';
  const show = (): void => {
    const seconds = (performance.now() - begin) / 1000;
    const rate = done / Math.max(seconds, 1e-3);
    const left = done === 0 ? '?' : duration(Math.max(total - done, 0) / rate);
    const line = `${done}/${total} ${unit}  ${rate.toFixed(rate < 10 ? 2 : 0)}/s  ${left} left  ${last}`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    shown = performance.now();
  };
  const timer = setInterval(() => {
    if (performance.now() - shown >= every) show();
  }, 200);
  return {
    step(text) {
      done += 1;
      last = text;
    },
    say(...lines) {
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      console.log(lines.join('\n'));
    },
    finish() {
      clearInterval(timer);
      show();
      if (process.stderr.isTTY) process.stderr.write('\n');
    },
  };
}

const duration = (seconds: number): string =>
  seconds < 100 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
