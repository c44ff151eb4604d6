import { ControlError, webRtcSessionEnd, webRtcSessionTrickle } from '@mediamesh/contracts';
import type { ControlClient } from '@mediamesh/platform';
import { RequestError } from './access.ts';
import type { IceRestart, Trickle } from './sdp-fragment.ts';
import type { Session } from './session.ts';
import type { SessionUrl } from './session-url.ts';

/** Sessions of one server; each has an offer's worth of state, and a deadline. */
export const MAX_SESSIONS = 10_000;
/** Requests that wait for other instances: URLs that somebody made up must not keep this one busy. */
export const MAX_PASSED_ON = 1_000;
/** They answer from memory; a busy machine may take its time. */
const DEADLINE_MS = 2_000;

/** The sessions of this instance by the secrets of their URLs, and the way to those of the other instances. */
export class SessionDirectory {
  private readonly client: ControlClient;
  private readonly instance: string;
  private readonly sessions = new Map<string, Session>();
  private passedOn = 0;

  constructor(client: ControlClient, instance: string) {
    this.client = client;
    this.instance = instance;
  }

  /** Errors: RequestError 503. */
  assertRoom(): void {
    if (this.sessions.size >= MAX_SESSIONS) throw new RequestError(503, `the server has ${MAX_SESSIONS} sessions`);
  }

  add(session: Session): void {
    this.sessions.set(session.secret, session);
  }

  remove({ secret }: Session): void {
    this.sessions.delete(secret);
  }

  urlOf({ secret }: Session): SessionUrl {
    return { secret, instance: this.instance };
  }

  closeAll(reason: string): void {
    for (const session of [...this.sessions.values()]) session.close(reason);
  }

  /** At whichever instance it is. Errors: ControlError; NOT_FOUND when there is no such session, or its instance is gone. */
  async trickle({ secret, instance = this.instance }: SessionUrl, trickle: Trickle): Promise<IceRestart | undefined> {
    if (instance === this.instance) return this.trickleHere(secret, trickle);
    const { ufrag = null, password = '', candidates } = trickle;
    const payload = { secret, ufrag, password, candidates };
    const { restart } = await this.passOn(() => this.client.request(webRtcSessionTrickle, payload, { instance, deadlineMs: DEADLINE_MS }));
    return restart ?? undefined;
  }

  /** At whichever instance it is. Errors: as `trickle`. */
  async end({ secret, instance = this.instance }: SessionUrl): Promise<void> {
    if (instance === this.instance) return this.endHere(secret);
    await this.passOn(() => this.client.request(webRtcSessionEnd, { secret }, { instance, deadlineMs: DEADLINE_MS }));
  }

  /** Errors: ControlError NOT_FOUND. */
  async trickleHere(secret: string, trickle: Trickle): Promise<IceRestart | undefined> {
    return this.find(secret).trickle(trickle);
  }

  /** Errors: ControlError NOT_FOUND. */
  endHere(secret: string): void {
    this.find(secret).close('terminated');
  }

  private find(secret: string): Session {
    const session = this.sessions.get(secret);
    if (session === undefined) throw sessionNotFound();
    return session;
  }

  private async passOn<Reply>(ask: () => Promise<Reply>): Promise<Reply> {
    if (this.passedOn >= MAX_PASSED_ON) throw new ControlError('UNAVAILABLE', 'too many requests for sessions of other instances');
    this.passedOn++;
    try {
      return await ask();
    } catch (error) {
      // Connected, and nobody of that name there: the instance is gone, or never was, and its sessions with it.
      const isGone = error instanceof ControlError && error.code === 'UNAVAILABLE' && this.client.connected;
      throw isGone ? sessionNotFound() : error;
    } finally {
      this.passedOn--;
    }
  }
}

export function sessionNotFound(): ControlError {
  return new ControlError('NOT_FOUND', 'session not found');
}
