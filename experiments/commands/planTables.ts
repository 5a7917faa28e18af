/** Plans on a terminal and in files beside the record of their pilot. */
import { join } from 'node:path';
import type { PlanAims, Plan } from '../runner/results/plan.js';
import type { RunConfig } from '../runner/record/recordFiles.js';
import type { StudyConfig } from '../studies/config.js';
import { terminalTable, widthOf, wrap } from '../report/tables/terminal.js';
import type { ReportTable } from '../report/tables/table.js';
import { writeCsv } from '../text/csv.js';
import { writeJson } from '../text/json.js';
import { formatDuration, formatLevel } from '../text/numbers.js';
import { printable } from '../text/printable.js';

const columns = {
  claim: 'text',
  statement: 'text',
  test: 'text',
  margin: 'number',
  alpha: 'number',
  sd: 'number',
  seeds: 'number',
  seconds: 'number',
  detectable: 'number',
  open: 'boolean',
  unknown: 'text',
} as const;

/** Writes `plan.json` and `plan.csv` into the folder of the pilot. */
export function writePlan(folder: string, record: RunConfig, plan: Plan, aims: PlanAims): void {
  const pilot = { seed: record.seed, seeds: (record.config as StudyConfig).seeds };
  writeJson(join(folder, 'plan.json'), {
    ...{ study: record.study, pilot, ...aims, ...plan },
    command: commandOf(record, plan),
  });
  writeCsv(
    join(folder, 'plan.csv'),
    columns,
    plan.claims.map(({ id, pairs, unknown = null, ...claim }) => ({
      ...{
        claim: id,
        statement: claim.statement,
        test: claim.test,
        margin: claim.margin,
        alpha: claim.alpha,
      },
      ...{ sd: claim.sd, seeds: pairs, seconds: claim.seconds, detectable: claim.detectable },
      ...{ open: plan.open.includes(id), unknown },
    })),
  );
}

/** Prints what decides each claim, what it costs, and the command of the run. */
export function printPlan(folder: string, record: RunConfig, plan: Plan, { power, most }: PlanAims): void {
  const { claims, seeds, seconds, open } = plan;
  console.log(`\n${terminalTable(planTable(plan))}\n`);
  for (const { id, unknown } of claims)
    if (unknown !== undefined) console.log(`${printable(id)} cannot be planned: ${unknown} in the pilot`);
  const decided = claims.length - open.length;
  const level = formatLevel(power);
  const assumed = [
    ...(claims.some(({ test }) => test !== 'equivalent') ? ['the difference is the margin'] : []),
    ...(claims.some(({ test }) => test === 'equivalent')
      ? [claims.every(({ test }) => test === 'equivalent') ? 'the difference is 0' : 'for equivalence 0']
      : []),
  ].join(', or ');
  const text = `${seeds}: ${decided} of ${claims.length} claims ${decided === 1 ? 'is' : 'are'} decided with a probability of at least ${level} if ${assumed}`;
  const [first, ...more] = wrap(text, widthOf(process.stdout) - 9);
  console.log([`seeds    ${first}`, ...more.map((line) => `         ${line}`)].join('\n'));
  if (open.length > 0)
    console.log(`open     ${printable(open.join(', '))}${seeds === most ? `, at the cap of ${most}` : ''}`);
  console.log(`time     ${formatDuration(seconds)}, as fast as the pilot was`);
  console.log(`pilot    ${printable(folder)}  (its seeds are not used again; metagrad report shows it)`);
  console.log(`plan     ${printable(join(folder, 'plan.json'))}`);
  console.log(`run      ${printable(commandOf(record, plan))}`);
}

/** The command of the run that is planned. */
const commandOf = ({ pilot = '' }: RunConfig, { seeds }: Plan): string =>
  pilot.replaceAll(/(--seeds|--searches) N\b/g, `$1 ${seeds}`);

/** Nobody runs more seeds than this, so a larger number is not printed. */
const far = 10_000;

const isFar = (pairs: number | null): boolean => pairs !== null && pairs > far;

/** A number by itself: claims have different units. */
const short = (value: number | null): string | null =>
  value === null ? null : String(Number(value.toPrecision(3)));

function planTable({ claims, seeds, open }: Plan): ReportTable {
  return {
    headers: ['claim', 'test', 'margin', 'level', 'sd', 'seeds', 'time', `${seeds} seeds find`, ''],
    rows: claims.map(({ id, test, margin, alpha, sd, pairs, seconds, detectable }) => [
      ...[id, test, short(margin), formatLevel(1 - alpha), short(sd)],
      ...[pairs === null ? null : isFar(pairs) ? `> ${far}` : String(pairs)],
      ...[seconds === null || isFar(pairs) ? null : formatDuration(seconds), short(detectable)],
      open.includes(id) ? 'open' : '',
    ]),
  };
}
