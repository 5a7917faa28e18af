import type { Command } from '@commander-js/extra-typings';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { number } from '../options.js';
import { startProgress } from '../progress.js';
import { random } from '../random.js';
import type { Scenario } from './scenario.js';
import { reportScenario } from './scenarios/report.js';
import { runScenarios } from './scenarios/run.js';
import { tuneScenario } from './scenarios/tune.js';

const scenarios: readonly Scenario[] = [...runScenarios, tuneScenario, reportScenario];

/** Longer without a word or any work, and a user thinks that it hangs. In seconds. */
const longestSilence = 5;

/** `campaign kills`: ends processes by SIGKILL wherever it hurts, goes on, and compares. */
export function addKillsCommand(program: Command): void {
  program
    .command('kills')
    .description(
      'kill run, tune and report at aimed and random moments, go on, and compare with undisturbed work',
    )
    .argument('[scenarios...]', `which of ${scenarios.map(({ name }) => name).join(', ')} (default: all)`)
    .option('--kills <n>', 'kills, over all scenarios', number, 200)
    .option('--seed <n>', 'aimed kills follow from it (default: drawn)', number)
    .option('--out <folder>', 'where the folders of rounds that went wrong go', 'runs/kills')
    .action(async (names, { kills, seed = Math.floor(Math.random() * 1e9), out }, command) => {
      const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
      if (unknown.length > 0) command.error(`error: kills: there is no scenario ${unknown.join(', ')}.`);
      const chosen = scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
      process.exitCode = await campaign(chosen, kills, seed, out);
    });
}

async function campaign(
  chosen: readonly Scenario[],
  total: number,
  seed: number,
  out: string,
): Promise<number> {
  console.log(`kills: ${total} kills with seed ${seed}`);
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
  const folder = mkdtempSync(join(tmpdir(), 'metagrad-kills-'));
  const progress = startProgress(total, 'kills');
  let [killed, lost] = [0, 0];
  for (const { name, weight, prepare } of chosen) {
    const least = Math.ceil((total * weight) / weights);
    const place = join(folder, name);
    const round = await prepare(join(place, 'undisturbed'));
    let [kills, rounds, wrong, silence] = [0, 0, 0, 0];
    // A process may end before its moment comes, so that there are more rounds than kills.
    for (; kills < least && rounds < 4 * least + 10; rounds++) {
      const own = join(place, String(rounds));
      mkdirSync(own, { recursive: true });
      const result = await round(own, random(seed, name, rounds));
      kills += result.kills;
      for (let i = 0; i < result.kills; i++) progress.step(`${name}: ${wrong} lost`);
      silence = Math.max(silence, result.silence);
      const problems = [
        ...result.problems,
        ...(result.silence > longestSilence
          ? [`a process waited ${result.silence.toFixed(1)} s without a word`]
          : []),
      ];
      if (problems.length > 0) {
        wrong += 1;
        const kept = join(out, `${name}-${seed}-${rounds}`);
        rmSync(kept, { recursive: true, force: true });
        cpSync(own, kept, { recursive: true, verbatimSymlinks: true });
        writeFileSync(join(kept, 'story.txt'), [...result.story, ...problems, ''].join('\n'));
        progress.say(
          `  FAIL ${name} round ${rounds}: ${result.story.join('; ')}`,
          ...problems.map((text) => `       ${text}`),
          `       kept: ${kept}`,
        );
      }
      rmSync(own, { recursive: true });
    }
    if (kills < least) {
      wrong += 1;
      progress.say(`  FAIL ${name}: its processes end before they are killed, ${kills} times of ${least}`);
    }
    killed += kills;
    lost += wrong;
    progress.say(
      `${name.padEnd(20)} ${String(kills).padStart(4)} kills in ${String(rounds).padStart(3)} rounds  ${wrong} lost  longest silence ${silence.toFixed(1)} s`,
    );
  }
  progress.finish();
  rmSync(folder, { recursive: true });
  console.log(`kills: ${killed} kills, ${lost} lost (seed ${seed})`);
  return lost > 0 ? 1 : 0;
}
