import type { SessionKind, sessionsList } from '@mediamesh/contracts';
import type { z } from 'zod';

/** A row of the Control API's lists: fields as contract 2.3 names them. */
export type SessionRow = z.input<typeof sessionsList.reply>['sessions'][number]['row'];

/** What a gateway shows of a connection or session, and how it is ended from outside. */
export interface GatewaySession {
  readonly id: string;
  readonly kind: SessionKind;
  row(): SessionRow;
  /** Ends it; `reason` goes into its log line. */
  kick(reason: string): void;
}

/** The connections and sessions of this instance, in the order of their creation. */
export class Sessions {
  private readonly byId = new Map<string, GatewaySession>();

  get size(): number {
    return this.byId.size;
  }

  add(session: GatewaySession): void {
    this.byId.set(session.id, session);
  }

  remove(id: string): void {
    this.byId.delete(id);
  }

  get(kind: SessionKind, id: string): GatewaySession | undefined {
    const session = this.byId.get(id);
    return session?.kind === kind ? session : undefined;
  }

  /** `limit` sessions of these kinds, after `offset` of them. */
  list(kinds: ReadonlySet<SessionKind>, offset: number, limit: number): readonly GatewaySession[] {
    const found: GatewaySession[] = [];
    let at = 0;
    for (const session of this.byId.values()) {
      if (!kinds.has(session.kind)) continue;
      if (at++ < offset) continue;
      found.push(session);
      if (found.length === limit) break;
    }
    return found;
  }

  kickAll(reason: string): void {
    for (const session of [...this.byId.values()]) session.kick(reason);
  }
}
