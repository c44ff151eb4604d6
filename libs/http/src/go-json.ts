const ESCAPED = /[<>&\u2028\u2029]/gu;

/** JSON as Go's encoding/json writes it: compact, and safe inside HTML. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(ESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
