/**
 * The function that the user called. Operations are made of other operations, and an error found deep inside should begin
 * with the name that stands in the user's program: `softmax:`, not `amax:`. So the outermost one leaves its name here, and
 * the error classes (errors.ts) put it in front of their messages.
 */

let caller: string | null = null;

/** Whether a function that left its name here is still running. */
export const isWithinCall = (): boolean => caller !== null;

/** Runs `body`, in which no function of the user is called; its errors begin with `name`, unless an outer caller has left its own. */
export function calledAs<Result>(name: string, body: () => Result): Result {
  if (caller !== null) return body();
  caller = name;
  try {
    return body();
  } finally {
    caller = null;
  }
}

/** A message `operation: ...` with the caller in place of the operation. */
export const inCallersName = (message: string): string =>
  caller === null ? message : message.replace(/^[\w.]+(?=: )/, caller);
