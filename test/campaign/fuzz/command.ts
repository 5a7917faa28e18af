import type { Command } from '@commander-js/extra-typings';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { number } from '../options.js';
import { startProgress } from '../progress.js';
import { randomCase } from './case.js';
import { type Verdict, examine } from './examine.js';
import { makeSamples, readFiles, readSamples, writeFiles } from './files.js';
import type { Files, Reader } from './reader.js';
import { readers } from './readers/index.js';
import { runCases } from './watch.js';

/** `campaign fuzz`: every reader with files that are almost right. */
export function addFuzzCommand(program: Command): void {
  program
    .command('fuzz')
    .description('change valid files at random: each must be read or be refused by an error of the library')
    .argument('[readers...]', `which of ${readers.map(({ name }) => name).join(', ')} (default: all)`)
    .option('--cases <n>', 'changed files, over all readers', number, 5000)
    .option('--seed <n>', 'all cases follow from it (default: drawn)', number)
    .option('--out <folder>', 'where the files that fail go', 'runs/fuzz')
    .option('--replay <folder>', 'read the files of one failure again')
    .action(async (names, { cases, seed = Math.floor(Math.random() * 1e9), out, replay }, command) => {
      const unknown = names.filter((name) => !readers.some((reader) => reader.name === name));
      if (unknown.length > 0) command.error(`error: fuzz: there is no reader ${unknown.join(', ')}.`);
      const chosen = readers.filter(({ name }) => names.length === 0 || names.includes(name));
      process.exitCode = replay === undefined ? await fuzz(chosen, cases, seed, out) : await replayed(replay);
    });
}

async function fuzz(chosen: readonly Reader[], cases: number, seed: number, out: string): Promise<number> {
  console.log(`fuzz: ${cases} cases with seed ${seed}`);
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
  const shares = chosen.map((reader) => ({ reader, count: Math.ceil((cases * reader.weight) / weights) }));
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  const progress = startProgress(total, 'cases');
  const folder = mkdtempSync(join(tmpdir(), 'metagrad-fuzz-'));
  let failures = 0;
  for (const { reader, count } of shares) {
    const place = join(folder, reader.name);
    await makeSamples(reader, place);
    await requireReadable(reader, place);
    const counts = { value: 0, refused: 0, failed: 0 };
    const kinds = new Map<string, number>();
    const failing: [number, Verdict][] = [];
    for (let next = 0; next < count;)
      next = await runCases(reader, seed, next, count, place, (at, verdict) => {
        counts[verdict.kind] += 1;
        progress.step(`${reader.name}: ${counts.failed} failed`);
        if (verdict.kind !== 'failed') return;
        const kind = kindOf(verdict.what, verdict.stack);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        if (kinds.get(kind)! <= 2) failing.push([at, verdict]);
      });
    failures += counts.failed;
    progress.say(
      `${reader.name.padEnd(12)} ${String(count).padStart(6)} cases  ${String(counts.value).padStart(6)} read  ${String(counts.refused).padStart(6)} refused  ${String(counts.failed).padStart(5)} failed`,
    );
    for (const [at, verdict] of failing)
      progress.say(keep(out, reader, readSamples(place), seed, at, verdict));
    for (const [kind, times] of kinds) progress.say(`  ${times} times: ${kind}`);
  }
  progress.finish();
  rmSync(folder, { recursive: true, force: true });
  console.log(`fuzz: ${total} cases, ${failures} failed (seed ${seed})`);
  return failures > 0 ? 1 : 0;
}

/** A campaign with samples that are refused would change nothing of use. */
async function requireReadable(reader: Reader, folder: string): Promise<void> {
  for (const [i, files] of readSamples(folder).entries()) {
    const verdict = await examine(reader, files, join(folder, 'scratch'));
    if (verdict.kind !== 'value' && reader.mayRefuse !== true)
      throw new Error(
        `fuzz: ${reader.name} does not read its sample ${i} as it is: ${JSON.stringify(verdict)}`,
      );
  }
}

/** The same failure for the same reason: numbers and quoted texts of the message do not count. */
function kindOf(what: string, stack: string): string {
  const place = stack.split('\n').find((line) => line.includes('/dist/')) ?? '';
  const general = what
    .replaceAll(/\d+/g, 'N')
    .replaceAll(/(["'`]).*?\1/g, '...')
    .slice(0, 160);
  return `${general} ${place.trim().replace(/^at .*\/dist\//, 'at ')}`;
}

/** Saves the files of a case that failed. Answers how it is replayed. */
function keep(
  out: string,
  reader: Reader,
  samples: readonly Files[],
  seed: number,
  at: number,
  verdict: Verdict,
): string {
  const folder = join(out, `${reader.name}-${seed}-${at}`);
  const files = randomCase(reader, samples, seed, at);
  writeFiles(join(folder, 'files'), files);
  writeFileSync(
    join(folder, 'case.json'),
    JSON.stringify({ reader: reader.name, seed, case: at, verdict }, null, 2),
  );
  const what = verdict.kind === 'failed' ? verdict.what.slice(0, 300).replaceAll('\n', ' ') : '';
  return `  FAIL ${reader.name} case ${at}: ${what}\n       again: npm run campaign -- fuzz --replay ${folder}`;
}

async function replayed(folder: string): Promise<number> {
  const { reader: name } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as {
    readonly reader: string;
  };
  const reader = readers.find((one) => one.name === name);
  if (reader === undefined) throw new Error(`fuzz: ${folder} is of a reader '${name}', which there is not.`);
  const files = readFiles(join(folder, 'files'));
  const scratch = mkdtempSync(join(tmpdir(), 'metagrad-fuzz-'));
  const verdict = await examine(reader, files, join(scratch, 'scratch'));
  rmSync(scratch, { recursive: true });
  console.log(
    verdict.kind === 'failed'
      ? `failed: ${verdict.what}\n${verdict.stack}`
      : verdict.kind === 'refused'
        ? `refused: ${verdict.why}`
        : 'read',
  );
  return verdict.kind === 'failed' ? 1 : 0;
}
