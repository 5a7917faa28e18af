let inside = '';

/** Where within operations with several results operations are applied, as in `step 17 of scan`; empty outside of them. */
export const place = (): string => inside;

/** Runs `body`, a part of what such an operation computes. */
export function runInside<Result>(part: string, body: () => Result): Result {
  const before = inside;
  inside = before === '' ? part : `${part}, in ${before}`;
  try {
    return body();
  } finally {
    inside = before;
  }
}
