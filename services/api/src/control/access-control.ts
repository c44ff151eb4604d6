import { InternalAuthenticator, JwtAuthenticator, MAX_REFUSAL_DELAY_MS } from '@mediamesh/auth';
import type { AuthDecision, AuthHttp, Authenticator } from '@mediamesh/auth';
import { ControlError } from '@mediamesh/contracts';
import type { AccessRequest, Grant } from '@mediamesh/contracts';
import { askAuthServer } from './auth-http-client.ts';
import { authMethodOf, isSameMethod } from './auth-method.ts';
import type { AuthConfig } from './auth-method.ts';
import type { Clock } from './paths/path-directory.ts';

/** Attempts of one address that were refused and pause; with more it is not heard until one of them has been answered. */
export const MAX_PAUSING_REFUSALS = 64;

/** The user of a granted request, or who a Digest may prove to be. */
export type Access = Pick<Grant, 'user' | 'digestUsers'>;

export interface AccessControlParts {
  readonly clock: Clock;
  /** 0 to 1: how long a refusal pauses. */
  readonly random?: () => number;
  /** How authentication servers are asked. */
  readonly http?: AuthHttp;
  readonly wallNowMs?: () => number;
}

/** Every decision about who may do what, for every protocol and the Control API. */
export class AccessControl {
  private authenticator: Authenticator = new InternalAuthenticator([]);
  private configured: AuthConfig | undefined;
  private readonly parts: Required<AccessControlParts>;
  /** By address: refusals that pause. */
  private readonly pausing = new Map<string, number>();

  constructor(parts: AccessControlParts) {
    this.parts = { random: Math.random, http: askAuthServer, wallNowMs: Date.now, ...parts };
  }

  configure(config: AuthConfig): void {
    if (this.configured !== undefined && isSameMethod(this.configured, config)) return;
    this.configured = config;
    this.authenticator = authMethodOf(config, this.parts.http, this.parts.wallNowMs);
  }

  /** The next token is verified with keys that are fetched anew. */
  refreshKeys(): void {
    if (this.authenticator instanceof JwtAuthenticator) this.authenticator.refreshKeys();
  }

  /**
   * Errors: ControlError NOT_AUTHENTICATED: at once with `askCredentials` when the client can be asked and sent nothing;
   *         else with the random pause before the client is answered. Whoever asks writes it to the log first. Contract 5.3.
   */
  async decide(access: AccessRequest): Promise<Access> {
    if (access.authorized) return { user: access.credentials.user };
    const decision = await this.authenticate(access);
    if (decision.allowed) return { user: decision.user };
    if (access.digest && decision.digestCandidates !== undefined) {
      return { user: access.credentials.user, digestUsers: [...decision.digestCandidates] };
    }
    if (decision.askCredentials) throw new ControlError('NOT_AUTHENTICATED', decision.reason, { askCredentials: true });
    throw new ControlError('NOT_AUTHENTICATED', decision.reason, { pauseMs: this.beginPause(access.ip) });
  }

  /** An address that guesses in a tight loop keeps neither this process nor an authentication server busy; others are heard. */
  private authenticate(access: AccessRequest): Promise<AuthDecision> {
    if ((this.pausing.get(access.ip) ?? 0) >= MAX_PAUSING_REFUSALS) {
      return Promise.resolve({ allowed: false, askCredentials: false, reason: 'too many failed attempts from this address' });
    }
    return this.authenticator.authenticate({ ...access, canAskCredentials: access.canAsk, isDigest: access.digest });
  }

  /** Waits as a refusal says. */
  pause({ pauseMs }: ControlError): Promise<void> {
    return new Promise((resolve) => this.parts.clock.after(pauseMs, resolve));
  }

  /** How long it lasts. */
  private beginPause(ip: string): number {
    const pauseMs = this.parts.random() * MAX_REFUSAL_DELAY_MS;
    if (ip === '') return pauseMs; // clients of a Unix socket have no address to tell them apart by
    this.pausing.set(ip, (this.pausing.get(ip) ?? 0) + 1);
    this.parts.clock.after(pauseMs, () => {
      const left = (this.pausing.get(ip) ?? 0) - 1;
      if (left > 0) this.pausing.set(ip, left);
      else this.pausing.delete(ip);
    });
    return pauseMs;
  }
}
