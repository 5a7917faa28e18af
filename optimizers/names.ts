/** Names of hyper-parameters of several rules side by side: `lr` of the rule called `head` is `head.lr`. */

export type Prefixed<Prefix extends string, Name extends string> = `${Prefix}.${Name}`;

/** The values with a prefix to their names: `{lr}` as `{'head.lr'}`. */
export const prefixed = <Value>(
  prefix: string,
  values: Readonly<Record<string, Value>>,
): Record<string, Value> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));

/** The values whose names have a prefix, without it: `{'head.lr', 'body.lr'}` as `{lr}` for `head`. */
export const under = <Value>(
  prefix: string,
  values: Readonly<Record<string, Value>>,
): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, value]) => [name.slice(prefix.length + 1), value]),
  );
