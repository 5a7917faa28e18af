import { UsageError } from '../../../engine/core/errors.js';
import { describe, isList, isPlainObject, isText } from '../../../engine/core/options.js';
import { type Figure, figureKinds } from '../draw/figure.js';
import { isObject, isTexts, type PartKinds, readEach, readParts } from '../draw/parts.js';
import { verdictStyles } from '../draw/theme.js';
import type { ReportTable } from '../tables/table.js';

/** A report as data. All text is plain: nothing in it is read as HTML. */
export interface Page {
  readonly title: string;
  /** Paragraphs below the title. */
  readonly prose?: readonly string[];
  readonly sections: readonly Section[];
}

/** A section of a report; its parts are shown in this order. */
export interface Section {
  readonly title: string;
  /** Paragraphs. */
  readonly prose?: readonly string[];
  readonly tables?: readonly ReportTable[];
  readonly figures?: readonly PageFigure[];
  readonly sections?: readonly Section[];
}

export interface PageFigure {
  readonly figure: Figure;
  /** Below the figure. */
  readonly caption?: string;
  /** Words that are shown until the reader opens the figure, as in `5 more arms: ...`. */
  readonly folded?: string;
}

/** A figure whose title does not repeat that of its page. */
export function onPage(figure: Figure, pageTitle: string): Figure {
  const { title } = figure;
  const rest = title.startsWith(`${pageTitle}: `) ? title.slice(pageTitle.length + 2) : title;
  return { ...figure, title: rest.charAt(0).toUpperCase() + rest.slice(1) };
}

const pageKinds: PartKinds<Page> = {
  required: { title: isText, sections: isList },
  optional: { prose: isTexts },
};
const sectionKinds: PartKinds<Section> = {
  required: { title: isText },
  optional: { prose: isTexts, tables: isList, figures: isList, sections: isList },
};
const tableKinds: PartKinds<ReportTable> = {
  required: { headers: isTexts, rows: isList },
  optional: { caption: isText, folded: isText, details: isTexts },
};
const pageFigureKinds: PartKinds<PageFigure> = {
  required: { figure: isObject },
  optional: { caption: isText, folded: isText },
};

export function readPage(caller: string, page: unknown): Page {
  const read = readParts(caller, page, pageKinds);
  checkSections(caller, read.sections, 1);
  return read;
}

/** The limit of nested sections; deeper ones contain themselves. */
const mostDeep = 20;

function checkSections(caller: string, sections: readonly Section[], depth: number): void {
  if (depth > mostDeep)
    throw new UsageError(`${caller}: more than ${mostDeep} sections one inside the other.`);
  readEach(caller, 'sections', sections, sectionKinds);
  sections.forEach(({ tables = [], figures = [], sections: below = [] }, i) => {
    const path = `${caller}: sections[${i}]`;
    readEach(path, 'tables', tables, tableKinds);
    tables.forEach((table, j) => {
      checkRows(`${path}: tables[${j}]`, table);
    });
    readEach(path, 'figures', figures, pageFigureKinds);
    figures.forEach(({ figure }, j) => {
      readParts(`${path}: figures[${j}]: figure`, figure, figureKinds);
    });
    checkSections(path, below, depth + 1);
  });
}

function checkRows(caller: string, { headers, rows }: ReportTable): void {
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
  (isPlainObject(cell) && Object.hasOwn(verdictStyles, String(cell.verdict)));
