/** The command line in the process of a test file, and what it prints. */
import { afterEach, beforeEach, vi } from 'vitest';
import { main } from '../../experiments/cli.js';

/** The output since the test began. */
export const printed = { out: '', err: '' };

/** Runs `metagrad WORDS`; its exit code. */
export const metagrad = (...words: readonly string[]): Promise<number> =>
  main(['node', 'metagrad', ...words]);

/** Captures in `printed` what each test of the calling file prints. */
export function capturePrints(): void {
  beforeEach(() => {
    Object.assign(printed, { out: '', err: '' });
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed.out += String(text)), true));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((printed.err += String(text)), true));
    vi.spyOn(console, 'log').mockImplementation((text: string) => (printed.out += `${text}\n`));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}
