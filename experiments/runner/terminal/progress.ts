import type { EventEmitter } from 'node:events';
import { printable } from '../../text/printable.js';
import { formatDuration } from '../../text/numbers.js';
import { surviveBrokenPipe } from './brokenPipe.js';

/** The position of a run in its study; only the fields that are given are shown. */
export interface Place {
  readonly study?: string;
  readonly arm?: string;
  readonly trial?: string | number;
  readonly seed?: string | number;
  readonly epoch?: string | number;
  readonly best?: string | number;
}

/** The progress line of a run. */
export interface Progress {
  /** Replaces the position that is shown. */
  readonly at: (place: Place) => void;
  /** Counts steps as done, and writes a line if the last one is old enough. */
  readonly step: (count?: number) => void;
  /** Writes a message, above the progress line on a terminal; `quiet` does not silence it. */
  readonly note: (message: string) => void;
  /** Writes the last state and ends the line. Nothing is shown after it. */
  readonly finish: () => void;
}

/** A stream for progress lines, such as `process.stderr`. */
export interface ProgressStream extends EventEmitter {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
}

export interface ProgressOptions {
  /** Number of steps in all, over all arms, trials and seeds. */
  readonly total: number;
  /** The unit of the steps; default `steps`. */
  readonly unit?: string;
  readonly stream?: ProgressStream;
  /** A clock, in milliseconds. */
  readonly now?: () => number;
  readonly quiet?: boolean;
}

/** Milliseconds between two lines on a terminal, where one line is rewritten, and elsewhere, where lines add up. */
const interval = { terminal: 100, log: 10_000 } as const;

/**
 * Starts to show progress on stderr, where it does not mix with results:
 *
 *     1234/5000 steps  25 %  310/s  12 s left  warm-start, arm cold, trial 3/10, epoch 4/30
 *
 * On a terminal one line is rewritten at most ten times a second; elsewhere a plain line appears every ten seconds. The rate is
 * the mean of the whole run so far, and the time left follows from it, so it settles once arms of different cost have run.
 * No timer is used: a loop that never waits still shows its progress. A closed pipe ends the progress lines, not the run.
 */
export function startProgress({
  total,
  unit = 'steps',
  stream = process.stderr,
  now = () => performance.now(),
  quiet = false,
}: ProgressOptions): Progress {
  surviveBrokenPipe(stream);
  const terminal = stream.isTTY === true;
  const started = now();
  let place: Place = {};
  let done = 0;
  // A log's first line comes when there is something to tell; a terminal shows at once that work has begun.
  let lastShown = terminal ? -Infinity : started;
  let finished = quiet;

  const show = (ended = false): void => {
    lastShown = now();
    const line = progressLine({ done, total, unit, seconds: (lastShown - started) / 1000, ended, place });
    stream.write(terminal ? `${clearLine}${fit(line, stream.columns)}` : `${line}\n`);
  };
  const showIfDue = (): void => {
    if (!finished && now() - lastShown >= (terminal ? interval.terminal : interval.log)) show();
  };
  return {
    at: (next) => {
      place = next;
      showIfDue();
    },
    step: (count = 1) => {
      done += count;
      showIfDue();
    },
    note: (message) => {
      stream.write(`${terminal && !finished ? clearLine : ''}${message}\n`);
      lastShown = terminal ? -Infinity : lastShown;
    },
    finish: () => {
      if (finished) return;
      show(true);
      if (terminal) stream.write('\n');
      finished = true;
    },
  };
}

/** Carriage return and "erase in line" (ECMA-48). */
const clearLine = '\r\u001b[2K';

interface State {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly seconds: number;
  readonly ended: boolean;
  readonly place: Place;
}

function progressLine({ done, total, unit, seconds, ended, place }: State): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const parts = [`${done}/${total} ${unit}`, `${Math.floor((100 * done) / Math.max(total, 1))} %`];
  if (rate > 0) parts.push(`${formatRate(rate)}/s`);
  if (ended) parts.push(`in ${formatDuration(seconds)}`);
  else if (rate > 0) parts.push(`${formatDuration((total - done) / rate)} left`);
  const where = describePlace(place);
  return (where === '' ? parts : [...parts, where]).join('  ');
}

const formatRate = (rate: number): string => (rate >= 100 ? rate.toFixed(0) : rate.toPrecision(2));

function describePlace({ study, ...rest }: Place): string {
  const named = Object.entries(rest).map(([name, value]) => `${name} ${printable(String(value))}`);
  return (study === undefined ? named : [printable(study), ...named]).join(', ');
}

/** Cuts a line to the terminal's width, which some report as 0: a wrapped line could not be rewritten. */
function fit(line: string, columns?: number): string {
  const width = columns === undefined || columns === 0 ? 80 : columns;
  return line.length < width ? line : `${line.slice(0, Math.max(0, width - 2))}…`;
}
