/** A STUN or TURN server, as clients are told of it. */
export interface IceServer {
  readonly url: string;
  readonly username: string;
  readonly credential: string;
}

/** The value of a `Link` header. Source: RFC 9725 4.6, contract 6.4.1. */
export function iceServerLink({ url, username, credential }: IceServer): string {
  const link = `<${url}>; rel="ice-server"`;
  if (username === '') return link;
  return `${link}; username="${quoted(username)}"; credential="${quoted(credential)}"; credential-type="password"`;
}

/** Of those that another server names. */
export const MAX_LINKED_ICE_SERVERS = 8;

/** The STUN and TURN servers of `Link` headers, up to MAX_LINKED_ICE_SERVERS; other links and what is malformed is left out. */
export function parseIceServerLinks(header: string): readonly IceServer[] {
  const servers: IceServer[] = [];
  for (const [, url = '', parameters = ''] of header.matchAll(LINK)) {
    const values = new Map<string, string>();
    for (const [, name = '', quotedValue, token = ''] of parameters.matchAll(PARAMETER))
      values.set(name.toLowerCase(), quotedValue?.replace(/\\(.)/g, '$1') ?? token);
    if (values.get('rel') !== 'ice-server' || servers.length === MAX_LINKED_ICE_SERVERS) continue;
    servers.push({ url, username: values.get('username') ?? '', credential: values.get('credential') ?? '' });
  }
  return servers;
}

/** A URL in angle brackets, and its parameters up to the comma that begins the next. Source: RFC 8288 3. */
const LINK = /<([^<>]{1,512})>((?:[^,"]|"(?:[^"\\]|\\.)*")*)/g;
const PARAMETER = /;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))/g;

function quoted(text: string): string {
  return text.replace(/[\\"]/g, (character) => `\\${character}`);
}
