import { ConfigError } from '../config-error.ts';

const PLAIN = /^[a-zA-Z0-9!$()*+.;<=>[\]^_\-{}@#&]+$/;
const SHA256 = /^sha256:[a-zA-Z0-9+/=]+$/;
const ARGON2 = /^argon2:\$argon2(?:id|i)\$v=[0-9]+\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[a-zA-Z0-9+/]+={0,2}\$[a-zA-Z0-9+/]+={0,2}$/;

/** As MediaMTX lists them in its messages (the quotes stand for the braces). */
export const PLAIN_CREDENTIAL_CHARACTERS = 'A-Z,0-9,!,$,(,),*,+,.,;,<,=,>,[,],^,_,-,",",@,#,&';

/** Whether a text has only the characters that a plain user name or password may have. */
export function isPlainCredential(text: string): boolean {
  return PLAIN.test(text);
}

/** Whether a credential is a hash, so that it can be verified but not shown to a digest. */
export function isHashedCredential(credential: string): boolean {
  return credential.startsWith('sha256:') || credential.startsWith('argon2:');
}

/**
 * Checks a user name or password of the configuration: plain, `sha256:<base64>`, `argon2:<encoded hash>`, or ''.
 *
 * Errors:  ConfigError that never quotes the credential.
 */
export function parseCredential(text: string): string {
  if (text.startsWith('sha256:')) {
    if (!SHA256.test(text)) throw new ConfigError('credential contains unsupported characters, sha256 hash must be base64 encoded');
  } else if (text.startsWith('argon2:')) {
    if (!ARGON2.test(text)) throw new ConfigError('invalid argon2 hash: it must look like $argon2id$v=19$m=4096,t=3,p=1$salt$hash');
  } else if (text !== '' && !PLAIN.test(text)) {
    throw new ConfigError(`credential contains unsupported characters. Supported are: ${PLAIN_CREDENTIAL_CHARACTERS}`);
  }
  return text;
}
