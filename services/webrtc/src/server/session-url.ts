/** The last part of a session's URL: who knows it may end the session, at whichever instance it is asked for. */
export interface SessionUrl {
  /** A UUID, in lower case. */
  readonly secret: string;
  /** Where the session is; undefined when the URL does not say. */
  readonly instance: string | undefined;
}

const SESSION_URL = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.([A-Za-z0-9_-]{1,64}))?$/i;

export function parseSessionUrl(text: string): SessionUrl | undefined {
  const [, secret, instance] = SESSION_URL.exec(text) ?? [];
  return secret === undefined ? undefined : { secret: secret.toLowerCase(), instance };
}

export function serializeSessionUrl({ secret, instance }: SessionUrl): string {
  return instance === undefined ? secret : `${secret}.${instance}`;
}
