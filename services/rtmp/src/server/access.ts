import type { AccessRequest } from '@mediamesh/contracts';
import { queryValue } from '@mediamesh/rtmp';
import type { StreamRequest } from '@mediamesh/rtmp';

/** What control takes; a longer one is cut, no reason to refuse its client. */
const MAX_USER_AGENT_CHARS = 1_024;

/** What a client's request says about who wants what. RTMP cannot ask for credentials: they are in the query. Contract 5.4. */
export function accessOf({ action, path, query, userAgent }: StreamRequest, id: string, ip: string): AccessRequest {
  return {
    action: action === 'publish' ? 'publish' : 'read',
    path,
    query,
    protocol: 'rtmp',
    id,
    ip,
    userAgent: userAgent.substring(0, MAX_USER_AGENT_CHARS),
    credentials: { user: queryValue(query, 'user'), pass: queryValue(query, 'pass'), token: '' },
    canAsk: false,
    digest: false,
    authorized: false,
  };
}
