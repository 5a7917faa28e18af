import { describe, expect, it } from 'vitest';
import { comparison } from '../../experiments/report/charts/comparison.js';
import type { Page } from '../../experiments/report/page/page.js';
import { renderPage } from '../../experiments/report/page/renderPage.js';

const figure = comparison({
  title: 'Final loss',
  x: { title: 'cross-entropy', unit: 'nats' },
  estimate: 'mean',
  arms: [{ name: 'cold </script>', point: 1, low: 0.9, high: 1.1, values: [0.9, 1.1] }],
});

const page: Page = {
  title: 'Report & <more>',
  prose: ['One run of <study>.'],
  sections: [
    {
      title: 'Verdicts',
      tables: [
        {
          caption: 'Claims',
          headers: ['claim', 'p', 'verdict'],
          rows: [
            ['W1 <b>', 0.25, { verdict: 'supported' }],
            ['W2', null, { verdict: 'not supported' }],
          ],
        },
      ],
    },
    { title: 'Arms', sections: [{ title: 'Loss', figures: [{ figure, caption: 'after 10 epochs' }] }] },
  ],
};

describe('renderPage', () => {
  it('escapes text, links the contents, and needs nothing from elsewhere', async () => {
    const html = await renderPage(page);
    expect(html).toContain('<title>Report &amp; &lt;more></title>');
    expect(html).toContain('<p>One run of &lt;study>.</p>');
    for (const [id, title] of [
      ['section-1', 'Verdicts'],
      ['section-2', 'Arms'],
      ['section-2-1', 'Loss'],
    ]) {
      expect(html).toContain(`<a href="#${id}">${title}</a>`);
      expect(html).toMatch(new RegExp(`<h[23] id="${id}">${title}</h[23]>`));
    }
    expect(html).not.toMatch(/<script|<link|<img|@import|url\((?!#)/);
    expect(await renderPage(page)).toBe(html);
  });

  it('aligns columns of numbers and marks verdicts', async () => {
    const html = await renderPage(page);
    expect(html).toContain(
      '<tr><td>W1 &lt;b></td><td class="right">0.2500</td><td><span class="verdict supported">supported</span></td></tr>',
    );
    expect(html).toContain(
      '<td class="right">-</td><td><span class="verdict not-supported">not supported</span>',
    );
    expect(html).toContain('<caption>Claims</caption>');
  });

  it('folds long tables', async () => {
    const rows = Array.from({ length: 31 }, (_, i) => [i]);
    const html = await renderPage({
      title: 't',
      sections: [{ title: 's', tables: [{ caption: 'Trials', headers: ['trial'], rows }] }],
    });
    expect(html).toContain('<details><summary>Trials (31 rows)</summary>');
    expect(html).not.toContain('<nav');
  });

  it('holds a drawing, or the data and what draws them', async () => {
    const still = await renderPage(page);
    expect(still).toMatch(/<figure><svg .*<\/svg><figcaption>after 10 epochs<\/figcaption><\/figure>/s);
    const live = await renderPage({
      title: 't',
      sections: [{ title: 's', figures: [{ figure, interactive: true }] }],
    });
    expect(live).toContain('<figure><div id="figure-0"></div></figure>');
    expect(live.match(/<\/script>/g)).toHaveLength(2);
    expect(live).toContain('cold <\\/script>');
  });
});
