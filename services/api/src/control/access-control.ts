import { InternalAuthenticator, MAX_REFUSAL_DELAY_MS, refuse } from '@mediamesh/auth';
import type { AuthDecision, AuthRequest, Authenticator } from '@mediamesh/auth';
import type { Config } from '@mediamesh/config';
import { ControlError } from '@mediamesh/contracts';
import type { AccessRequest, Grant } from '@mediamesh/contracts';
import type { Clock } from './paths/path-directory.ts';

/** The user of a granted request, or who a Digest may prove to be. */
export type Access = Pick<Grant, 'user' | 'digestUsers'>;

/** Every decision about who may do what, for every protocol and the Control API. */
export class AccessControl {
  private authenticator: Authenticator = new InternalAuthenticator([]);
  private readonly clock: Clock;
  private readonly random: () => number;

  constructor(clock: Clock, random: () => number = Math.random) {
    this.clock = clock;
    this.random = random;
  }

  configure({ authMethod, authInternalUsers }: Pick<Config, 'authMethod' | 'authInternalUsers'>): void {
    this.authenticator = authMethod === 'internal' ? new InternalAuthenticator(authInternalUsers) : new MissingMethod(authMethod);
  }

  /**
   * Errors: ControlError NOT_AUTHENTICATED: at once with `askCredentials` when the client can be asked and sent nothing;
   *         else after a random pause, which holds up nobody else. Contract 5.3.
   */
  async decide(access: AccessRequest): Promise<Access> {
    if (access.authorized) return { user: access.credentials.user };
    const decision = await this.authenticator.authenticate({
      ...access,
      canAskCredentials: access.canAsk,
      isDigest: access.digest,
    });
    if (decision.allowed) return { user: decision.user };
    if (access.digest && decision.digestCandidates !== undefined) {
      return { user: access.credentials.user, digestUsers: [...decision.digestCandidates] };
    }
    if (decision.askCredentials) throw new ControlError('NOT_AUTHENTICATED', decision.reason, { askCredentials: true });
    await new Promise<void>((resolve) => this.clock.after(this.random() * MAX_REFUSAL_DELAY_MS, resolve));
    throw new ControlError('NOT_AUTHENTICATED', decision.reason);
  }
}

/** A method that this version does not have refuses everyone: the internal users were not meant to decide. */
class MissingMethod implements Authenticator {
  private readonly method: string;

  constructor(method: string) {
    this.method = method;
  }

  authenticate(request: AuthRequest): Promise<AuthDecision> {
    return Promise.resolve({
      ...refuse(request, `authMethod '${this.method}' is not available in this version, everyone is refused`),
      askCredentials: false,
    });
  }
}
