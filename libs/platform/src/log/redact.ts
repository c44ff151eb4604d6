/** Secrets never reach a log: credentials in URLs, in queries, in SRT stream ids, in headers and beside known keys. */

const MASK = '***';

const SECRET_KEYS =
  'pass|password|passwd|pwd|passphrase|secret|token|jwt|access_token|refresh_token|api_?key|private_?key|authorization|credentials|signature';

const QUOTED = `"(?:[^"\\\\]|\\\\.){0,8191}"?|'[^']{0,8191}'?`;

/** A known key, what closes it, a sign, and the value. */
function secretAfter(closing: string, value: string): RegExp {
  return new RegExp(`([a-z]{0,16}(?:${SECRET_KEYS})${closing}\\s?[=:]\\s?)(${value})`, 'giu');
}

const RULES: readonly (readonly [RegExp, string])[] = [
  // scheme://user:pass@host and scheme://token@host
  [/([a-z][a-z0-9+.-]{0,31}:\/\/)[^\s/?#"'<>]{0,1024}@/giu, `$1${MASK}@`],
  // streamid=publish:path:user:pass
  [/\b((?:read|publish):[^:\s&"']{1,512}:)[^\s&"',]{1,512}/giu, `$1${MASK}`],
  // Authorization: Basic abc; authorization=Bearer abc
  [/\b((?:basic|bearer|digest) )[a-z0-9][^\s"',;]{5,8191}/giu, `$1${MASK}`],
  // pass=abc, "pass":"abc", passphrase: abc, readPass: abc
  [secretAfter('"?', `${QUOTED}|[^\\s&"',;)}\\]]{1,8191}`), `$1${MASK}`],
  // 'pass': 'abc'; but 'readPassphrase': must be ... is a sentence about a key
  [secretAfter("'", QUOTED), `$1${MASK}`],
];

/** Cheap test that spares most lines the rules. */
const SUSPECT = /[=:]|basic|bearer|digest/iu;

export function redactSecrets(text: string): string {
  if (!SUSPECT.test(text)) return text;
  let redacted = text;
  for (const [pattern, replacement] of RULES) redacted = redacted.replace(pattern, replacement);
  return redacted;
}
