/** `metagrad report` is killed and run again: tables are old or new, never a part, and in the end all is as undisturbed. */
import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeMoment, live, momentIn, toyModule } from '../life.js';
import { smallRun } from '../../options.js';
import type { Scenario } from '../scenario.js';
import { undisturbed } from '../undisturbed.js';
import { differences, runIn, torn } from './run.js';

/** All files of a run by name, but what a killed process left beside them. */
function filesOf(run: string): Readonly<Record<string, string>> {
  const names = readdirSync(run, { recursive: true, encoding: 'utf8', withFileTypes: false });
  return Object.fromEntries(
    names
      .filter((name) => /\.(json|jsonl|csv|html|svg|png|safetensors|log)$/.test(name))
      .map((name) => [name, readFileSync(join(run, name)).toString('base64')]),
  );
}

export const reportScenario: Scenario = {
  name: 'report',
  weight: 3,
  async prepare(folder) {
    const root = join(folder, 'runs');
    await undisturbed(['run', toyModule, ...smallRun, '--out', root], root, join(folder, 'calls.json'));
    const run = runIn(root)!;
    const whole = await undisturbed(['report', run], root, join(folder, 'calls.json'));
    const expected = filesOf(run);
    const tables = Object.fromEntries(
      ['metrics.csv', 'trials.csv'].map((name) => [name, readFileSync(join(run, name), 'utf8')]),
    );
    return async (place, random) => {
      const copy = join(place, 'run');
      cpSync(run, copy, { recursive: true });
      const moment = momentIn({ ...whole, path: copy }, random);
      const first = await live(['report', copy], moment);
      const story = [
        `report: ${first.killed ? `killed ${describeMoment(moment)}` : `ended with ${first.code}`}`,
      ];
      const problems = torn(copy, tables);
      const again = await live(['report', copy]);
      if (again.code !== 0) problems.push(`it ended with ${again.code}: ${again.output.trim().slice(-500)}`);
      else problems.push(...differences(filesOf(copy), expected));
      return {
        kills: first.killed ? 1 : 0,
        problems,
        silence: Math.max(first.silence, again.silence),
        story,
      };
    };
  },
};
