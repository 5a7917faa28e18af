import { UsageError } from '../../engine/core/errors.js';
import { suggestion } from '../../engine/core/nearest.js';
import { describe } from '../../engine/core/options.js';
import type { Program } from './program.js';
import type { StudyDefinition } from './study.js';

type Kind = 'string' | 'object' | 'function';

const required: Readonly<Record<string, Kind>> = {
  name: 'string',
  title: 'string',
  summary: 'string',
  presets: 'object',
  task: 'object',
  programs: 'function',
};

const optional: Readonly<Record<string, Kind>> = { reproductions: 'function' };

/** @throws UsageError naming the caller and what is missing or wrong, unless the value is a study's definition. */
export function requireStudy(caller: string, study: unknown): asserts study is StudyDefinition {
  const parts = Object.keys({ ...required, ...optional });
  const fail = (what: string): never => {
    throw new UsageError(`${caller}: ${what}; a study is {${parts.join(', ')}}, the last if needed.`);
  };
  if (typeof study !== 'object' || study === null) return fail(`needs a study, got ${describe(study)}`);
  const fields = study as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields))
    if (!parts.includes(name))
      fail(`there is no '${name}' in a study.${suggestion(name, parts)}`.replace(/\.$/, ''));
  for (const [name, type] of Object.entries({ ...required, ...optional })) {
    const value = fields[name];
    if (value === undefined && Object.hasOwn(optional, name)) continue;
    if (typeof value === type && value !== null) continue;
    fail(`the study's ${name} must be a${type === 'object' ? 'n' : ''} ${type}, and is ${describe(value)}`);
  }
  if (typeof (fields.task as Readonly<Record<string, unknown>>).make !== 'function')
    fail("the study's task must be what defineTask(settings, make) returns");
  const { full, quick } = fields.presets as Readonly<Record<string, unknown>>;
  if (typeof full !== 'object' || full === null || typeof quick !== 'object' || quick === null)
    fail("the study's presets must be {full: CONFIGURATION, quick: WHAT DIFFERS}");
}

/** @throws UsageError naming the study and the program, unless all of them are what `program(settings, train)` returns. */
export function requirePrograms(study: string, programs: Readonly<Record<string, Program>>): void {
  for (const [name, program] of Object.entries<unknown>(programs))
    if (typeof program !== 'object' || program === null || !('settings' in program && 'start' in program))
      throw new UsageError(
        `${study}: its program '${name}' must be what program(settings, train) returns, and is ${describe(program)}.`,
      );
}
