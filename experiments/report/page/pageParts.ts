/** What a page is made of, checked. */
import { UsageError } from '../../../engine/core/errors.js';
import { describe, isBoolean, isList, isPlainObject, isText } from '../../../engine/core/options.js';
import type { Page, PageFigure, PageTable, Section } from './page.js';
import { figureKinds, isObject, isTexts, type PartKinds, readEach, readParts } from '../charts/parts.js';
import { verdictColors } from '../draw/theme.js';

const pageKinds: PartKinds<Page> = {
  required: { title: isText, sections: isList },
  optional: { prose: isTexts },
};
const sectionKinds: PartKinds<Section> = {
  required: { title: isText },
  optional: { prose: isTexts, tables: isList, figures: isList, sections: isList },
};
const tableKinds: PartKinds<PageTable> = {
  required: { headers: isTexts, rows: isList },
  optional: { caption: isText },
};
const pageFigureKinds: PartKinds<PageFigure> = {
  required: { figure: isObject },
  optional: { caption: isText, interactive: isBoolean },
};

export function readPage(caller: string, page: unknown): Page {
  const read = readParts(caller, page, pageKinds);
  checkSections(caller, read.sections, 1);
  return read;
}

/** Deeper than this a page would only be a loop. */
const mostDeep = 20;

function checkSections(caller: string, sections: readonly Section[], depth: number): void {
  if (depth > mostDeep)
    throw new UsageError(`${caller}: more than ${mostDeep} sections one inside the other.`);
  readEach(caller, 'sections', sections, sectionKinds);
  sections.forEach(({ tables = [], figures = [], sections: below = [] }, i) => {
    const own = `${caller}: sections[${i}]`;
    readEach(own, 'tables', tables, tableKinds);
    tables.forEach((table, j) => {
      checkRows(`${own}: tables[${j}]`, table);
    });
    readEach(own, 'figures', figures, pageFigureKinds);
    figures.forEach(({ figure }, j) => {
      readParts(`${own}: figures[${j}]: figure`, figure, figureKinds);
    });
    checkSections(own, below, depth + 1);
  });
}

function checkRows(caller: string, { headers, rows }: PageTable): void {
  rows.forEach((row: unknown, i) => {
    if (!Array.isArray(row) || row.length !== headers.length)
      throw new UsageError(
        `${caller}: rows[${i}] is ${describe(row)}; give a cell for each of the ${headers.length} headers.`,
      );
    const wrong = row.findIndex((cell) => !isCell(cell));
    if (wrong >= 0)
      throw new UsageError(
        `${caller}: rows[${i}][${wrong}] is ${describe(row[wrong])}; a cell is a text, a number, true, false, null or {verdict}.`,
      );
  });
}

const isCell = (cell: unknown): boolean =>
  cell === null ||
  ['string', 'number', 'boolean'].includes(typeof cell) ||
  (isPlainObject(cell) && Object.hasOwn(verdictColors, String(cell.verdict)));
