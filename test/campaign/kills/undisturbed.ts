import { readFileSync } from 'node:fs';
import { type Undisturbed, live } from './life.js';

/** Runs `metagrad WORDS` to its end and notes what it does under the path. */
export async function undisturbed(
  words: readonly string[],
  path: string,
  listedIn: string,
): Promise<Undisturbed> {
  const life = await live(words, { aim: { call: Infinity, when: 'before', path, listedIn } });
  if (life.code !== 0)
    throw new Error(`kills: metagrad ${words.join(' ')} ended with ${life.code}: ${life.output}`);
  const calls = JSON.parse(readFileSync(listedIn, 'utf8')) as string[];
  return { calls, seconds: life.seconds, path };
}
