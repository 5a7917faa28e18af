/**
 * The function that the user called. Operations call other operations, and an error thrown deep inside should begin with
 * the name in the user's program: `softmax:`, not `amax:`. So the outermost operation leaves its name here, and the error
 * classes (errors.ts) put it in front of their messages.
 */

/** One call of such a function. */
export interface Call {
  readonly name: string;
}

let caller: Call | null = null;

/** Whether an operation that left its name is still running. */
export const isWithinCall = (): boolean => caller !== null;

/** The call of the outermost operation that is running. */
export const currentCall = (): Call | null => caller;

/** Runs `body`, which calls no function of the user; its errors begin with `name`, or with that of an outer operation. */
export function calledAs<Result>(name: string, body: () => Result): Result {
  if (caller !== null) return body();
  caller = { name };
  try {
    return body();
  } finally {
    caller = null;
  }
}

/** A message `operation: ...` with the caller in place of the operation. */
export const inCallersName = (message: string): string =>
  caller === null ? message : message.replace(/^[\w.]+(?=: )/, caller.name);
