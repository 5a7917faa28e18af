import type { Ceiling, Ceilings } from './ceiling.js';
import type { Invited, Peer, Question, Refused } from './peer.js';
import { type Contestant, type Timing, race } from './race.js';
import type { Row } from './rows.js';

/** What every group of measurements is given. */
export interface Environment {
  readonly ceilings: Ceilings;
  readonly peers: readonly Peer[];
}

/** What one computation took, and how far the peers' numbers are from ours. */
export interface Raced {
  readonly times: ReadonlyMap<string, Timing>;
  /** What was timed beside it to compare with. */
  readonly beside: Timing | undefined;
  readonly invited: readonly Invited[];
  readonly refused: readonly Refused[];
}

/** Those of the peers that are PyTorch. */
export const torchOf = (peers: readonly Peer[]): readonly Peer[] =>
  peers.filter(({ lib }) => lib.startsWith('torch'));

/** Times our computation, and `yardstick`, beside those of the peers that know it and get it right. */
export async function raceAgainst(
  peers: readonly Peer[],
  ours: Contestant | readonly Contestant[],
  question: Question,
  yardstick?: Contestant,
): Promise<Raced> {
  const answers = await Promise.all(peers.map((peer) => peer.prepare(question)));
  const known = answers.filter((answer) => answer !== null);
  const invited = known.filter((answer) => 'run' in answer);
  const refused = known.filter((answer) => 'why' in answer);
  const times = await race([...[ours].flat(), ...(yardstick === undefined ? [] : [yardstick]), ...invited]);
  const beside = yardstick && times.get(yardstick.lib);
  if (yardstick !== undefined) times.delete(yardstick.lib);
  return { times, beside, invited, refused };
}

/** Our computation alone. */
export const alone = async (ours: Contestant): Promise<Raced> => ({
  times: await race([ours]),
  beside: undefined,
  invited: [],
  refused: [],
});

/** A row of what a peer gets wrong, in place of its time. */
export const wrongRows = (group: string, name: string, { refused }: Raced): Row[] =>
  refused.map(({ lib, relativeError, why }) => ({
    group,
    name: `${name}, wrong`,
    lib,
    value: Number.isFinite(relativeError) ? relativeError : 1e9,
    unit: 'relative error',
    why,
  }));

/** Rows of rates, with their shares of the ceiling that was timed beside them. */
export function rateRows(group: string, name: string, raced: Raced, flops: number, ceiling: Ceiling): Row[] {
  const { times, beside, invited } = raced;
  const rates = new Map([...times].map(([lib, { minimum }]) => [lib, flops / minimum]));
  const rows = [...rates].map(([lib, rate]): Row => {
    const others = [...rates].filter(([other]) => other !== lib);
    const relativeError = invited.find((peer) => peer.lib === lib)?.relativeError;
    return {
      group,
      name,
      lib,
      value: rate / 1e9,
      unit: 'GFLOP/s',
      shareOfCeiling: rate / (ceiling.flops / beside!.minimum),
      ratioTo: Object.fromEntries(others.map(([other, their]) => [other, rate / their])),
      ...(relativeError !== undefined && { relativeError }),
    };
  });
  return [...rows, ...wrongRows(group, name, raced)];
}

/** Rows of times, the shorter the better: of each contestant the minimum, and how much longer the others take. */
export function timeRows(
  group: string,
  name: string,
  raced: Raced,
  {
    unit = 'us',
    share,
  }: { readonly unit?: 'us' | 'ns' | 'ms'; readonly share?: (seconds: number) => number } = {},
): Row[] {
  const { times, invited } = raced;
  const scale = { ms: 1e3, us: 1e6, ns: 1e9 }[unit];
  const rows = [...times].flatMap(([lib, { minimum, median }]): Row[] => {
    const others = [...times].filter(([other]) => other !== lib);
    const ratioTo = Object.fromEntries(others.map(([other, timing]) => [other, timing.minimum / minimum]));
    const common = { group, lib, unit };
    const relativeError = invited.find((peer) => peer.lib === lib)?.relativeError;
    return [
      {
        ...common,
        name,
        value: minimum * scale,
        ...(share && { shareOfCeiling: share(minimum) }),
        ...(others.length > 0 && { ratioTo }),
        ...(relativeError !== undefined && { relativeError }),
      },
      { ...common, name: `${name}, median`, value: median * scale },
    ];
  });
  return [...rows, ...wrongRows(group, name, raced)];
}
