/** Two texts in at most about `limit` characters each: of long ones the part around their first difference. */
export function shortenedPair(first: string, second: string, limit: number): [string, string] {
  let same = 0;
  while (same < first.length && first[same] === second[same]) same++;
  const from = same < limit / 2 ? 0 : same - Math.floor(limit / 4);
  const shortened = (text: string): string => {
    if (text.length <= limit) return text;
    const part = text.slice(from, from + limit);
    return `${from > 0 ? '…' : ''}${part}${text.length > from + limit ? '…' : ''}`;
  };
  return [shortened(first), shortened(second)];
}
