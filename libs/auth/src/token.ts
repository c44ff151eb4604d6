import type { AuthAction } from '@mediamesh/config';
import type { AuthProtocol, AuthRequest } from './authenticator.ts';

const HTTP_PROTOCOLS: ReadonlySet<AuthProtocol> = new Set<AuthProtocol>(['hls', 'webrtc']);
const HTTP_ACTIONS: ReadonlySet<AuthAction> = new Set<AuthAction>(['playback', 'api', 'metrics', 'pprof']);

/**
 * The token that a client has sent, '' for none: as a bearer, as the password, or in the query as `token` or `jwt`, which must be
 * there exactly once. RTSP and RTMP clients have no other place than the query; others may use it when `inHttpQuery` is set.
 */
export function tokenOf(request: AuthRequest, inHttpQuery: boolean): string {
  const { token, pass } = request.credentials;
  if (token !== '') return token;
  if (pass !== '') return pass;
  if (!mayBeInQuery(request, inHttpQuery)) return '';
  const query = parseQuery(request.query);
  return onlyOne(query, 'token') ?? onlyOne(query, 'jwt') ?? '';
}

function mayBeInQuery({ protocol, action }: AuthRequest, inHttpQuery: boolean): boolean {
  if (protocol === 'rtsp' || protocol === 'rtmp') return true;
  return inHttpQuery && (HTTP_PROTOCOLS.has(protocol) || HTTP_ACTIONS.has(action));
}

/** A query that is malformed has no parameters, as in MediaMTX. */
function parseQuery(query: string): URLSearchParams {
  const isMalformed = query.includes(';') || /%(?![0-9a-f]{2})/iu.test(query);
  return new URLSearchParams(isMalformed ? '' : query);
}

function onlyOne(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}
