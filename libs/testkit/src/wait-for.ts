export interface WaitOptions {
  readonly deadlineMs: number;
  /** What was waited for, for the error. */
  readonly what: string;
}

/** Between two looks at a condition that cannot call back. */
const LOOK_AGAIN_MS = 20;

/** The first value of `condition` that is neither undefined, null nor false. Errors: says what did not come, and the condition's last exception. */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { deadlineMs, what }: WaitOptions,
): Promise<Exclude<T, undefined | null | false>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await condition();
      if (value !== undefined && value !== null && value !== false) return value as Exclude<T, undefined | null | false>;
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= end) throw new Error(`${what}: not within ${deadlineMs / 1000} s`, { cause: failure });
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** `promise`, or an error that says what did not come. */
export async function within<T>(promise: Promise<T>, { deadlineMs, what }: WaitOptions): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${deadlineMs / 1000} s`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
