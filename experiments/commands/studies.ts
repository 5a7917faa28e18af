import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Command, Option } from '@commander-js/extra-typings';
import { UsageError } from '../../engine/core/errors.js';
import { suggestion } from '../../engine/core/nearest.js';
import { writeFigure } from '../report/draw/figure.js';
import { writeHtml } from '../report/page/html.js';
import { countStates, studyFigures } from '../report/study/studyFigures.js';
import { formatTable } from '../report/tables/terminal.js';
import { bestRows, trialsAsCsv, trialsAsJson, trialTable } from '../report/study/trialTables.js';
import { bestOf, type StudyRecord } from '../tuning/log/records.js';
import {
  fanova,
  type Importances,
  journalStorage,
  meanDecreaseImpurity,
  pedAnova,
  readStudies,
} from '../tuning/index.js';

/** `metagrad studies ...`: shows the content of a journal, metagrad's or Optuna's, and never writes to it. */
export function addStudiesCommand(program: Command): void {
  const studies = program
    .command('studies')
    .description("Look at the studies of a journal file, metagrad's or Optuna's.");

  studies
    .command('list')
    .description('The studies of a journal.')
    .argument('<journal>', 'a journal file')
    .action(async (journal) => {
      const rows = (await readJournal(journal)).map((study) => [
        study.name,
        study.directions.join(', '),
        countStates(study.trials),
        study.directions.length === 1 ? (bestOf(study.direction, study.trials)?.value ?? null) : null,
      ]);
      console.log(formatTable(['study', 'direction', 'trials', 'best value'], rows));
    });

  onStudy(studies, 'show', 'The trials of a study.').action(async (journal, { name }) => {
    const study = await readStudy(journal, name);
    const many =
      study.directions.length === 1
        ? ''
        : `: ${study.directions.length} objectives; values are those of the first`;
    console.log(`${study.name}  (${countStates(study.trials)}; to ${study.directions.join(', ')}${many})\n`);
    console.log(trialTable(study));
  });

  onStudy(studies, 'best', 'The best trial of a study.').action(async (journal, { name }) => {
    const study = await readComparable(journal, name, 'best');
    const best = bestOf(study.direction, study.trials);
    if (best === null)
      throw new UsageError(`studies: no trial of '${study.name}' is complete: ${countStates(study.trials)}.`);
    console.log(`${best.value} in trial ${best.number} of ${study.trials.length}\n`);
    console.log(formatTable(['parameter', 'value'], bestRows(best)));
  });

  onStudy(studies, 'export', 'The trials of a study as a CSV table, or as JSON with all their attributes.')
    .addOption(
      new Option('--format <name>', 'the format of the output')
        .choices(['csv', 'json'] as const)
        .default('csv' as const),
    )
    .option('--out <file>', 'the file to write (default: standard output)')
    .action(async (journal, { name, format, out }) => {
      const study = await readStudy(journal, name);
      const text = format === 'csv' ? trialsAsCsv(study) : trialsAsJson(study);
      if (out === undefined) process.stdout.write(text);
      else writeWhole(out, text);
    });

  onStudy(studies, 'importance', 'The importance of each parameter.')
    .addOption(methodOption().default('ped-anova' as const))
    .addOption(scaleOption())
    .action(async (journal, { name, method, scale }) => {
      const { parameters, leftOut, ...measured } = assess(
        await readComparable(journal, name, 'importance'),
        method,
        scale,
      );
      const varied = parameters.some(({ deviation }) => deviation !== null);
      const rows = parameters.map((parameter) =>
        [parameter.name, parameter.share, parameter.deviation].slice(0, varied ? 3 : 2),
      );
      console.log(
        `${measured.method}, log ranges measured ${measured.scale === 'log' ? 'in log(x)' : 'as they are'}\n`,
      );
      console.log(
        formatTable(['parameter', 'share', 'deviation over forests'].slice(0, varied ? 3 : 2), rows),
      );
      if (leftOut.length > 0) console.log(`\nnot in all trials and left out: ${leftOut.join(', ')}`);
    });

  onStudy(studies, 'plot', 'Draw a study: PNG and SVG, and one HTML page of all pictures.')
    .addOption(methodOption().default('fanova' as const))
    .addOption(scaleOption())
    .option('--out <folder>', 'the folder to write to (default: that of the journal)')
    .action(async (journal, { name, method, scale, out = dirname(journal) }) => {
      const study = await readComparable(journal, name, 'plot');
      const valued = study.trials.filter(
        ({ state, value }) => state === 'complete' && Number.isFinite(value),
      );
      const figures = studyFigures(study, valued.length < 2 ? null : assess(study, method, scale));
      if (figures.size === 0)
        throw new UsageError(`studies: '${study.name}' has nothing to draw: ${countStates(study.trials)}.`);
      mkdirSync(out, { recursive: true });
      const prefix = join(out, study.name.replaceAll(/[^\w.-]+/g, '-'));
      for (const [kind, figure] of figures) {
        console.log(`picture  ${(await writeFigure(figure, `${prefix}-${kind}`)).png}`);
      }
      await writeHtml(study.name, [...figures.values()], `${prefix}.html`);
      console.log(`page     ${prefix}.html`);
    });
}

function onStudy(studies: Command, command: string, description: string) {
  return studies
    .command(command)
    .description(description)
    .argument('<journal>', 'a journal file')
    .option('--name <study>', 'the study, if the journal has several');
}

const methodOption = () =>
  new Option('--method <name>', 'how importance is measured').choices([
    'ped-anova',
    'fanova',
    'mdi',
  ] as const);

const scaleOption = () =>
  new Option('--scale <name>', 'how fanova and mdi measure log ranges')
    .choices(['log', 'raw'] as const)
    .default('log' as const);

function assess(
  study: StudyRecord,
  method: 'ped-anova' | 'fanova' | 'mdi',
  scale: 'log' | 'raw',
): Importances {
  if (method === 'ped-anova') return pedAnova(study);
  return method === 'fanova' ? fanova(study, { scale }) : meanDecreaseImpurity(study, { scale });
}

async function readJournal(journal: string): Promise<readonly StudyRecord[]> {
  if (!existsSync(journal)) throw new UsageError(`studies: there is no file ${journal}; name a journal.`);
  const studies = await readStudies(journalStorage(journal));
  if (studies.length === 0) throw new UsageError(`studies: ${journal} has no study.`);
  return studies;
}

async function readStudy(journal: string, name: string | undefined): Promise<StudyRecord> {
  const studies = await readJournal(journal);
  const matches = studies.filter((study) => name === undefined || study.name === name);
  if (matches.length === 1) return matches[0];
  const names = studies.map((study) => `'${study.name}'`).join(', ');
  throw new UsageError(
    name === undefined
      ? `studies: ${journal} has several studies, ${names}; choose one by --name.`
      : `studies: ${journal} has no study '${name}', but ${names}.${suggestion(
          name,
          studies.map((study) => study.name),
        )}`,
  );
}

/** A study of one objective, whose trials can be compared. Throws a UsageError for a study of several. */
async function readComparable(
  journal: string,
  name: string | undefined,
  command: string,
): Promise<StudyRecord> {
  const study = await readStudy(journal, name);
  if (study.directions.length === 1) return study;
  throw new UsageError(
    `studies ${command}: '${study.name}' has ${study.directions.length} objectives (${study.directions.join(', ')}), and only trials of one objective can be compared here; show and export take it.`,
  );
}

function writeWhole(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new UsageError(`studies export: ${path} cannot be written (${String(cause)}).`, { cause });
  }
}
