import type { Credentials } from '@mediamesh/contracts';

/** Basic, `Bearer user:pass`, or `Bearer token`; anything else is none. Contract 5.4. */
export function credentialsOf(authorization: string | undefined): Credentials {
  const none = { user: '', pass: '', token: '' };
  const parts = /^(basic|bearer) (.*)$/isu.exec(authorization ?? '');
  const [, scheme = '', value = ''] = parts ?? [];
  if (scheme.toLowerCase() === 'bearer') return (hasOneColon(value) ? splitPair(value) : undefined) ?? { ...none, token: value };
  return splitPair(Buffer.from(value, 'base64').toString('utf8')) ?? none;
}

function hasOneColon(text: string): boolean {
  return text.split(':').length === 2;
}

function splitPair(text: string): Credentials | undefined {
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), pass: text.slice(colon + 1), token: '' };
}
