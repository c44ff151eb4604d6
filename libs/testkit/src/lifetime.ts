/** What a test opened; closed in reverse order when it ends, whether it passed or not. */
export class Lifetime {
  private readonly closers: (() => unknown)[] = [];

  /** `owned` is closed when the lifetime ends. */
  own<T extends { close(): unknown }>(owned: T): T {
    this.closers.push(() => owned.close());
    return owned;
  }

  /** Closes everything, also when something fails to close. Errors: AggregateError of what failed. */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.closers.pop(); close !== undefined; close = this.closers.pop()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('; '));
  }
}
