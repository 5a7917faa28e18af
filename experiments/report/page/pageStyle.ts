import type { Verdict } from '../../stats/verdicts.js';
import { ink, palette, trialRamp, verdictStyles } from '../draw/theme.js';
import { verdictClass } from '../tables/html.js';

/** The colours of drawings on a dark screen, by those on a light one. */
const darkColors: Readonly<Record<string, string>> = {
  [ink.text]: '#e4e4e4',
  [ink.quiet]: '#a8a8a8',
  [ink.axis]: '#7a7a7a',
  [ink.grid]: '#2c2c2c',
  [palette[0]]: '#4aa8e8',
  [palette[1]]: '#ff8c4a',
  [palette[2]]: '#35c79a',
  [palette[3]]: '#e39cc5',
  [palette[4]]: '#f2b63c',
  [palette[5]]: '#8fd0f5',
  '#ffffff': '#151515',
  ...Object.fromEntries(trialRamp.light.map((color, i) => [color, trialRamp.dark[i]])),
};

const darkRules = Object.entries(darkColors).flatMap(([light, dark]) =>
  ['fill', 'stroke'].map((property) => `figure svg [${property}="${light}"] { ${property}: ${dark}; }`),
);

const verdictRules = Object.entries(verdictStyles).map(
  ([verdict, { color, mark }]) =>
    `.${verdictClass(verdict as Verdict)}::before { content: '${mark}'; color: ${color}; }`,
);
const darkVerdictRules = Object.entries(verdictStyles).map(
  ([verdict, { color }]) => `.${verdictClass(verdict as Verdict)}::before { color: ${darkColors[color]}; }`,
);

/**
 * The style of a page, for light and dark screens, and for narrow ones, where each row of a table becomes a block and figures are
 * drawn for the width.
 */
export const pageStyle = `
  :root {
    color-scheme: light dark;
    --page: #ffffff; --text: #222222; --quiet: #5a5a5a; --line: #d5d5d5; --link: #005a91;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --page: #151515; --text: #e4e4e4; --quiet: #a8a8a8; --line: #3c3c3c; --link: #7cc0f5;
    }
    ${darkRules.join('\n    ')}
  }
  body {
    margin: 2em auto; padding: 0 18px; max-width: 1160px; background: var(--page); color: var(--text);
    font: 15px/1.5 'DejaVu Sans', Verdana, sans-serif;
  }
  h1, h2, h3, h4 { font-weight: normal; line-height: 1.3; overflow-wrap: break-word; }
  h1 { font-size: 26px; margin: 0 0 0.4em; }
  h2 { font-size: 21px; margin: 2.2em 0 0.6em; padding-top: 0.8em; border-top: 1px solid var(--line); }
  h3 { font-size: 17px; margin: 1.8em 0 0.5em; }
  h4 { font-size: 15px; margin: 1.5em 0 0.5em; }
  p { max-width: 72ch; margin: 0 0 0.9em; overflow-wrap: break-word; }
  a { color: var(--link); }
  nav ul { list-style: none; margin: 0; padding: 0 0 0 1.2em; }
  nav > ul { padding: 0; }
  .scroll { overflow-x: auto; margin: 0 0 1.4em; }
  table { border-collapse: collapse; font-size: 13px; }
  caption, summary { text-align: left; color: var(--quiet); font-size: 13px; padding: 0.3em 0; }
  details + details { margin-top: -0.9em; }
  summary { cursor: pointer; margin: 0 0 1.4em; color: var(--link); }
  th, td { padding: 5px 14px 5px 0; text-align: left; vertical-align: top; text-wrap: pretty; border-bottom: 1px solid var(--line); }
  th { font-weight: normal; color: var(--quiet); vertical-align: bottom; }
  .right { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .verdict { display: inline-block; min-width: 9em; max-width: 13em; padding-left: 1.3em; text-indent: -1.3em; color: var(--text); }
  .verdict::before { display: inline-block; width: 1.3em; text-indent: 0; }
  ${verdictRules.join('\n  ')}
  @media (prefers-color-scheme: dark) {
    ${darkVerdictRules.join('\n    ')}
  }
  figure { margin: 0 0 2.6em; overflow-x: auto; }
  figcaption { margin: 0 0 0.6em; }
  figcaption b { display: block; font-weight: normal; font-size: 17px; }
  figcaption span { display: block; color: var(--quiet); font-size: 13px; }
  .legend { display: flex; flex-wrap: wrap; gap: 2px 22px; list-style: none; margin: 0 0 0.6em; padding: 0; font-size: 13px; }
  .legend svg { margin-right: 7px; vertical-align: middle; }
  .wide, .narrow { display: block; width: 100%; height: auto; overflow: visible; }
  .narrow:not(.wide) { display: none; }
  .mark-line path:hover { stroke-width: 3.5px; opacity: 1; }
  @media (max-width: 700px) {
    body { margin: 1em auto; }
    h1 { font-size: 22px; }
    .wide:not(.narrow) { display: none; }
    .narrow:not(.wide) { display: block; max-width: 520px; }
    .narrow.scrolls:not(.wide) { width: auto; max-width: none; }
    .rows, .rows tbody, .rows tr, .rows caption { display: block; }
    .rows tr { border-bottom: 1px solid var(--line); padding: 6px 0; }
    .rows td { display: grid; grid-template-columns: 9.5em 1fr; gap: 0.8em; border: 0; padding: 1px 0; overflow-wrap: anywhere; }
    .rows td::before { content: attr(data-name); color: var(--quiet); }
    .rows td:first-child { display: block; font-size: 15px; }
    .rows td:first-child::before { content: none; }
    .rows thead, .rows td.empty { display: none; }
    .rows td[data-name='verdict'], .rows td[data-name='in words'] { display: block; padding: 3px 0; }
    .rows td[data-name='verdict']::before, .rows td[data-name='in words']::before { content: none; }
    .verdict { max-width: none; }
    .right { text-align: left; white-space: normal; }
  }
  @media print { figure, table { break-inside: avoid; } }
`;
