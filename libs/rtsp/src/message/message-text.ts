import { utf8FromBytes } from '@mediamesh/bytes';
import { RtspHeaders } from './headers.ts';
import { serializeRequest, serializeResponse } from './message.ts';
import type { RtspRequest, RtspResponse } from './message.ts';

/** Where a message goes, as the log shows it: `[c->s]`. */
export type MessageDirection = 'c->s' | 's->c';

/** Told of every message; its text is made when it is asked for, without what proves who somebody is, and without keys. */
export type MessageTrace = (direction: MessageDirection, text: () => string) => void;

const MASK = '***';
/** Credentials, and the keys of SRTP. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'keymgmt']);
const SECRET_ATTRIBUTES = /^(a=(?:key-mgmt|crypto):).*$/gmu;
/** Of `rtsp://user:pass@host`, and of `?user=u&pass=p`, `?token=t`, `?jwt=t`. */
const URL_CREDENTIALS = /^([a-z]+:\/\/)[^/?#]*@/iu;
const SECRET_PARAMETERS = /([?&](?:pass|token|jwt)=)[^&]*/giu;

export function requestText({ method, url, headers, body }: RtspRequest): string {
  const shown = url.replace(URL_CREDENTIALS, '$1').replace(SECRET_PARAMETERS, `$1${MASK}`);
  return textOf(serializeRequest({ method, url: shown, headers: shownHeaders(headers), body }));
}

export function responseText({ status, headers, body }: RtspResponse): string {
  return textOf(serializeResponse({ status, headers: shownHeaders(headers), body }));
}

function textOf(bytes: Uint8Array): string {
  return utf8FromBytes(bytes).replace(SECRET_ATTRIBUTES, `$1${MASK}`);
}

/** Its body's length is written anew. */
function shownHeaders(headers: RtspHeaders): RtspHeaders {
  const shown = new RtspHeaders();
  for (const { name, key, value } of headers.list()) {
    if (key !== 'content-length') shown.add(name, SECRET_HEADERS.has(key) ? MASK : value.replace(SECRET_PARAMETERS, `$1${MASK}`));
  }
  return shown;
}
