import { verdictColors } from '../draw/theme.js';

/**
 * How a page looks, on a light and a dark screen.
 *
 * Figures are drawn on white; on a dark screen their lightness is turned round and their hues are kept.
 */
export const pageStyle = `
  :root {
    color-scheme: light dark;
    --page: #ffffff; --text: #222222; --quiet: #5a5a5a; --line: #d5d5d5; --shade: #f4f4f4; --link: #005a91;
    --supported: ${verdictColors.supported}; --not-supported: ${verdictColors['not supported']};
    --inconclusive: ${verdictColors.inconclusive};
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --page: #151515; --text: #e4e4e4; --quiet: #a8a8a8; --line: #3c3c3c; --shade: #1e1e1e; --link: #7cc0f5;
      --supported: #35c79a; --not-supported: #ff8c4a; --inconclusive: #a8a8a8;
    }
    /* White becomes the colour of the page: 0.07 of white, times 1.2. */
    figure svg { filter: invert(0.93) hue-rotate(180deg) brightness(1.2); }
  }
  body {
    margin: 2em auto; padding: 0 18px; max-width: 1160px; background: var(--page); color: var(--text);
    font: 15px/1.5 'DejaVu Sans', Verdana, sans-serif;
  }
  h1, h2, h3, h4 { font-weight: normal; line-height: 1.3; }
  h1 { font-size: 26px; margin: 0 0 0.4em; }
  h2 { font-size: 21px; margin: 2.2em 0 0.6em; padding-top: 0.8em; border-top: 1px solid var(--line); }
  h3 { font-size: 17px; margin: 1.8em 0 0.5em; }
  h4 { font-size: 15px; margin: 1.5em 0 0.5em; }
  p { max-width: 72ch; margin: 0 0 0.9em; }
  a { color: var(--link); }
  nav ul { list-style: none; margin: 0; padding: 0 0 0 1.2em; }
  nav > ul { padding: 0; }
  .scroll { overflow-x: auto; margin: 0 0 1.4em; }
  table { border-collapse: collapse; font-size: 13px; }
  caption, summary, figcaption { text-align: left; color: var(--quiet); font-size: 13px; padding: 0.3em 0; }
  summary { cursor: pointer; }
  th, td { padding: 5px 14px 5px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
  th { font-weight: normal; color: var(--quiet); white-space: nowrap; }
  .right { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .verdict { white-space: nowrap; color: var(--text); }
  .verdict::before { content: '●\\00a0'; }
  .supported::before { color: var(--supported); }
  .not-supported::before { color: var(--not-supported); }
  .inconclusive::before { color: var(--inconclusive); }
  figure { margin: 0 0 2em -18px; overflow-x: auto; }
  figcaption { padding-left: 18px; max-width: 80ch; }
  @media print { figure, table { break-inside: avoid; } }
`;
