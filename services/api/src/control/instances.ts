/** A gateway instance that is silent for this long has lost its sessions, sources and leases. */
export const INSTANCE_SILENCE_MS = 3_000;

export interface Instance {
  readonly instance: string;
  readonly service: string;
  readonly startedMs: number;
  readonly lastHeardMs: number;
  readonly sessionsRevision: number;
  readonly draining: boolean;
}

/** The gateway instances that are alive, by their announcements. Pure but for its own map; time is given. */
export class Instances {
  private readonly byId = new Map<string, Instance>();

  /** `new` has not told what it holds; `restarted` has not either, and what was known of its name is over. */
  heard(announcement: Omit<Instance, 'lastHeardMs'>, nowMs: number): 'known' | 'new' | 'restarted' {
    const known = this.byId.get(announcement.instance);
    this.byId.set(announcement.instance, { ...announcement, lastHeardMs: nowMs });
    if (known === undefined) return 'new';
    return known.startedMs === announcement.startedMs ? 'known' : 'restarted';
  }

  /** Removes and returns the instances that have been silent for too long. */
  takeSilent(nowMs: number): readonly Instance[] {
    const silent = [...this.byId.values()].filter(({ lastHeardMs }) => nowMs - lastHeardMs >= INSTANCE_SILENCE_MS);
    for (const { instance } of silent) this.byId.delete(instance);
    return silent;
  }

  /** They could not be heard until now: their silence counts from here. */
  excuseAll(nowMs: number): void {
    for (const [id, known] of this.byId) this.byId.set(id, { ...known, lastHeardMs: nowMs });
  }

  ids(service?: string): readonly string[] {
    return [...this.byId.values()].filter((known) => service === undefined || known.service === service).map(({ instance }) => instance);
  }

  has(instance: string): boolean {
    return this.byId.has(instance);
  }
}
