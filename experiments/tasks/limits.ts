/** The limit of all counts of a configuration: a run with more would never end, so more are a mistake. */
export const most = 1_000_000;
