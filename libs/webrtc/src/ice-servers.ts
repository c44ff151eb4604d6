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

function quoted(text: string): string {
  return text.replace(/[\\"]/g, (character) => `\\${character}`);
}
