/**
 * Three processes of `metagrad tune` on one journal, of which one is killed, and then one that goes on: nothing that was in
 * the journal is lost, the budget is used exactly, and every draw can be replayed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  journalStorage,
  readStudies,
  replayDraws,
  tpeSampler,
} from '../../../../experiments/tuning/index.js';
import { lastAttempts } from '../../../../experiments/tuning/trial/reclaim.js';
import { describeMoment, live, momentIn } from '../life.js';
import type { Scenario } from '../scenario.js';
import { undisturbed } from '../undisturbed.js';

const budget = 16;

const objective = `
export default async function (trial) {
  const x = trial.suggestFloat('x', 1e-3, 1, { log: true });
  const n = trial.suggestInt('n', 1, 50);
  for (let step = 0; step < 2; step++) {
    await new Promise((resolve) => setTimeout(resolve, 40));
    trial.report(step, x + step);
  }
  return x + n;
}
`;

async function problemsOf(journal: string, before: string): Promise<string[]> {
  const text = readFileSync(journal, 'utf8');
  const problems: string[] = [];
  const kept = before.slice(0, before.lastIndexOf('\n') + 1);
  if (!text.startsWith(kept)) problems.push('lines that were in the journal at the kill are gone or changed');
  const storage = journalStorage(journal);
  const [study] = await readStudies(storage);
  const last = lastAttempts(study.trials);
  const states = last.map(({ state }) => state);
  if (last.length !== budget || !states.every((state) => state === 'complete' || state === 'pruned'))
    problems.push(`${last.length} trials (${states.join(', ')}) instead of ${budget} that ended`);
  if (study.trials.some(({ number }, i) => number !== i))
    problems.push('numbers of trials are not 0, 1, 2, ...');
  const draws = await replayDraws(storage, study.name, tpeSampler());
  const other = draws.filter(({ logged, replayed }) => logged !== replayed);
  if (other.length > 0)
    problems.push(`${other.length} of ${draws.length} draws are not what replaying them gives`);
  return problems;
}

export const tuneScenario: Scenario = {
  name: 'tune',
  weight: 7,
  async prepare(folder) {
    mkdirSync(folder, { recursive: true });
    const module = join(folder, 'objective.mjs');
    writeFileSync(module, objective);
    const wordsFor = (journal: string): string[] => [
      'tune',
      module,
      '--journal',
      journal,
      '--name',
      'study',
      '--trials',
      String(budget),
      '--seed',
      '1',
    ];
    const first = join(folder, 'journal.log');
    const whole = await undisturbed(wordsFor(first), first, join(folder, 'calls.json'));

    return async (place, random) => {
      mkdirSync(place, { recursive: true });
      const journal = join(place, 'journal.log');
      const words = wordsFor(journal);
      // Of three processes each gets about a third of the work.
      const share = {
        calls: whole.calls.slice(0, whole.calls.length >> 2),
        seconds: whole.seconds,
        path: journal,
      };
      const moment = momentIn(share, random);
      const creator = random.chance(0.3);
      let before = '';
      const victim = async (own: readonly string[]) => {
        const life = await live(own, moment);
        if (life.killed && existsSync(journal)) before = readFileSync(journal, 'utf8');
        return life;
      };
      const creating = creator ? victim(words) : live(words);
      const hasStudy = (): boolean => existsSync(journal) && readFileSync(journal, 'utf8').includes('\n');
      const ended = creating.then(() => true);
      while (!hasStudy() && !(await Promise.race([ended, sleep(20, false)])));
      const lives = [creating];
      const story: string[] = [];
      if (hasStudy()) {
        lives.push(creator ? live([...words, '--resume']) : victim([...words, '--resume']));
        lives.push(live([...words, '--resume']));
      }
      const all = await Promise.all(lives);
      const kills = all.filter(({ killed }) => killed).length;
      story.push(
        `tune: ${kills > 0 ? `${creator ? 'the first' : 'the second'} killed ${describeMoment(moment)}` : 'none killed'}`,
      );
      const last = await live(hasStudy() ? [...words, '--resume'] : words);
      const failed = [...all, last].filter(({ killed, code }) => !killed && code !== 0);
      const problems = failed.map(
        ({ code, output }) => `a process ended with ${code}: ${output.trim().slice(-500)}`,
      );
      problems.push(...(await problemsOf(journal, before)));
      return { kills, problems, silence: Math.max(...[...all, last].map((life) => life.silence)), story };
    };
  },
};
