/** What a readiness check says: undefined when ready, else why not. */
export type ReadinessCheck = () => string | undefined;

export interface ReadinessReport {
  readonly ready: boolean;
  readonly notReady: readonly { readonly name: string; readonly reason: string }[];
}

/** Named checks of everything that a process needs before traffic may come: listeners, the broker, the configuration. */
export class Readiness {
  readonly #checks = new Map<string, ReadinessCheck>();

  /** Returns the function that removes it. */
  add(name: string, check: ReadinessCheck): () => void {
    if (this.#checks.has(name)) throw new Error(`there is a readiness check '${name}' already`);
    this.#checks.set(name, check);
    return () => this.#checks.delete(name);
  }

  report(): ReadinessReport {
    const notReady: { name: string; reason: string }[] = [];
    for (const [name, check] of this.#checks) {
      const reason = reasonOf(check);
      if (reason !== undefined) notReady.push({ name, reason });
    }
    return { ready: notReady.length === 0, notReady };
  }
}

function reasonOf(check: ReadinessCheck): string | undefined {
  try {
    return check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
