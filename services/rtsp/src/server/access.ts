import { randomInt } from 'node:crypto';
import { ControlError } from '@mediamesh/contracts';
import type { AccessRequest } from '@mediamesh/contracts';
import { authenticationFailed } from '@mediamesh/gateway';
import type { ControlPlane } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import type { PresentedCredentials, Refusal, RequestContext } from '@mediamesh/rtsp';

/** What control takes; a longer one is cut, no reason to refuse its client. */
const MAX_USER_AGENT_CHARS = 1_024;
/** As control does it: guessing is slow, and the time of an answer says nothing. Contract 5.3. */
const MAX_REFUSAL_DELAY_MS = 4_000;

/** What a client's request says about who wants what. */
export function accessOf(
  request: RequestContext & { readonly path: string },
  action: 'publish' | 'read',
  id: string,
  ip: string,
): AccessRequest {
  const { user, password, token, digest } = request.credentials;
  return {
    action,
    path: request.path,
    query: request.query,
    protocol: 'rtsp',
    id,
    ip,
    userAgent: request.userAgent.substring(0, MAX_USER_AGENT_CHARS),
    credentials: { user, pass: password, token },
    canAsk: isAnonymous(request.credentials),
    digest: digest !== undefined,
    authorized: false,
  };
}

function isAnonymous({ user, password, token, digest }: PresentedCredentials): boolean {
  return user === '' && password === '' && token === '' && digest === undefined;
}

/**
 * What control is asked with. A Digest is verified here first, against what control says of the users, so that nothing starts for
 * a client that has not proven who it is.
 * Errors: ControlError NOT_AUTHENTICATED when it proves none of them.
 */
export async function provenAccess(
  control: ControlPlane,
  access: AccessRequest,
  proves: (user: string, pass: string) => boolean,
): Promise<AccessRequest> {
  if (!access.digest) return access;
  const { digestUsers } = await control.authorize(access);
  if (digestUsers !== undefined && !digestUsers.some(({ user, pass }) => proves(user, pass))) {
    throw new ControlError('NOT_AUTHENTICATED', 'authentication failed', { pauseMs: randomInt(MAX_REFUSAL_DELAY_MS) });
  }
  return { ...access, authorized: true };
}

type Refused = Refusal | { readonly kind: 'challenge' };

/** What control or the stream has thrown, as RTSP says it; a wrong password is written to the log at once, and answered later. */
export async function refuse(error: unknown, logger: Logger): Promise<Refused> {
  await authenticationFailed(logger, error);
  return refusalOf(error);
}

/** Contract 6.1.1: what each refusal of control is in RTSP. */
function refusalOf(error: unknown): Refused {
  if (!(error instanceof ControlError)) throw error;
  if (error.code === 'NOT_AUTHENTICATED' && error.askCredentials) return { kind: 'challenge' };
  return { kind: 'refused', status: statusOf(error), reason: error.message };
}

/** 400, for what is this gateway's own affair. */
export function refused(reason: string): Refusal {
  return { kind: 'refused', status: 400, reason };
}

function statusOf({ code }: ControlError): number {
  switch (code) {
    case 'NOT_AUTHENTICATED':
      return 401;
    case 'NO_STREAM':
      return 404;
    case 'UNAVAILABLE':
    case 'TIMED_OUT':
    case 'NOT_LEADER':
      return 503;
    case 'INTERNAL':
      return 500;
    case 'INVALID_MESSAGE':
    case 'INVALID_PATH_NAME':
    case 'PATH_NOT_CONFIGURED':
    case 'SOURCE_TIMED_OUT':
    case 'MAX_READERS':
    case 'ALREADY_PUBLISHING':
    case 'SOURCE_NOT_PUBLISHER':
    case 'TRACKS_MISMATCH':
    case 'CONFIGURATION_CHANGED':
    case 'TERMINATED':
    case 'NOT_FOUND':
    case 'STALE_EPOCH':
      return 400;
  }
}
