import type { Timing } from './race.js';
import type { Row } from './rows.js';
import type { Torch } from './torch.js';

/** What every group of measurements is given. */
export interface Environment {
  /** The floating-point operations per second that WebAssembly can reach here. */
  readonly ceiling: number;
  readonly torch: Torch | null;
}

/** Rows of times, the shorter the better: of each contestant the minimum, and how much longer the others take. */
export function timeRows(
  group: string,
  name: string,
  times: ReadonlyMap<string, Timing>,
  {
    unit = 'us',
    share,
  }: { readonly unit?: 'us' | 'ns' | 'ms'; readonly share?: (seconds: number) => number } = {},
): Row[] {
  const scale = { ms: 1e3, us: 1e6, ns: 1e9 }[unit];
  return [...times].flatMap(([lib, { minimum, median }]): Row[] => {
    const others = [...times].filter(([other]) => other !== lib);
    const ratioTo = Object.fromEntries(others.map(([other, timing]) => [other, timing.minimum / minimum]));
    const common = { group, lib, unit };
    return [
      {
        ...common,
        name,
        value: minimum * scale,
        ...(share && { shareOfCeiling: share(minimum) }),
        ...(others.length > 0 && { ratioTo }),
      },
      { ...common, name: `${name}, median`, value: median * scale },
    ];
  });
}
