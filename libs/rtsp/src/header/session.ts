import { parseDecimal, parseKeyValues } from './key-values.ts';

/** Source: RFC 2326 12.37. */
export interface SessionHeader {
  readonly id: string;
  readonly timeoutSeconds?: number;
}

/** Errors: ParseError when the timeout is no number. */
export function parseSession(value: string): SessionHeader {
  const semicolon = value.indexOf(';');
  if (semicolon < 0) return { id: value.trim() };
  const timeout = parseKeyValues(value.substring(semicolon + 1), ';').get('timeout');
  const id = value.substring(0, semicolon).trim();
  return timeout === undefined ? { id } : { id, timeoutSeconds: parseDecimal(timeout, 'Session timeout', 0x7fff_ffff) };
}

export function serializeSession(session: SessionHeader): string {
  return session.timeoutSeconds === undefined ? session.id : `${session.id};timeout=${session.timeoutSeconds}`;
}
