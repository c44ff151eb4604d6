import { isHashedCredential, networkContains, parseIpAddress, parseIpNetwork } from '@mediamesh/config';
import type { AuthInternalUser, IpNetwork } from '@mediamesh/config';
import { AUTHENTICATION_FAILED, refuse } from './authenticator.ts';
import type { AuthDecision, AuthRequest, Authenticator, DigestCandidate } from './authenticator.ts';
import { isArgon2Credential, matchesArgon2, matchesCredential } from './credential.ts';
import { compilePermissions } from './permission.ts';
import type { PermissionCheck } from './permission.ts';

/** A user of the configuration with networks and expressions parsed. */
interface CompiledUser {
  readonly user: string;
  readonly pass: string;
  readonly networks: readonly IpNetwork[];
  readonly permits: PermissionCheck;
}

/**
 * The internal method: the users of the configuration, in their order; the first that matches decides.
 *
 * A user matches when the client's address is in its networks (or it has none), one of its permissions covers the
 * action, and it is `any`, or name and password are right. Plain and SHA-256 credentials are compared in constant time
 * on this thread, Argon2 ones on another.
 */
export class InternalAuthenticator implements Authenticator {
  readonly #users: readonly CompiledUser[];

  constructor(users: readonly AuthInternalUser[]) {
    this.#users = users.map((user) => ({
      user: user.user,
      pass: user.pass,
      networks: user.ips.map(parseIpNetwork),
      permits: compilePermissions(user.permissions),
    }));
  }

  async authenticate(request: AuthRequest): Promise<AuthDecision> {
    const candidates = eligibleUsers(this.#users, request);
    if (request.isDigest === true) return decideDigest(candidates, request);
    for (const candidate of candidates) {
      if (candidate.user === 'any' || (await checkPassword(candidate, request))) return { allowed: true, user: request.credentials.user };
    }
    return refuse(request, AUTHENTICATION_FAILED);
  }
}

/** The users whose networks and permissions cover the request, in order. */
function eligibleUsers(users: readonly CompiledUser[], request: AuthRequest): readonly CompiledUser[] {
  // The zone of a link-local address says by which interface it came, not who it is.
  const address = parseIpAddress(request.ip.replace(/%.*$/, ''));
  return users.filter((user) => {
    const isNear =
      user.networks.length === 0 || (address !== undefined && user.networks.some((network) => networkContains(network, address)));
    return isNear && user.permits(request.action, request.path);
  });
}

async function checkPassword(candidate: CompiledUser, { credentials }: AuthRequest): Promise<boolean> {
  if (!(await matches(candidate.user, credentials.user))) return false;
  return matches(candidate.pass, credentials.pass);
}

async function matches(credential: string, guess: string): Promise<boolean> {
  return isArgon2Credential(credential) ? matchesArgon2(credential, guess) : matchesCredential(credential, guess);
}

/** Only the passwords of the user that the client names leave this place; a hash cannot be one. */
function decideDigest(candidates: readonly CompiledUser[], request: AuthRequest): AuthDecision {
  const { user } = request.credentials;
  if (candidates.some((candidate) => candidate.user === 'any')) return { allowed: true, user };
  const digestCandidates: readonly DigestCandidate[] = candidates
    .filter((candidate) => candidate.user === user && !isHashedCredential(candidate.pass))
    .map((candidate) => ({ user: candidate.user, pass: candidate.pass }));
  return { ...refuse(request, AUTHENTICATION_FAILED), digestCandidates };
}
