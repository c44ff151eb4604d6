/** A command whose quotes do not match, or that is empty. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

const SHELLS = new Set(['sh', 'ash', 'bash', 'dash', 'ksh', 'mksh', 'zsh', 'fish', 'busybox']);
/** `$VAR`, `${VAR}`, a shell's special variables; `${` that is never closed is left out. */
const VARIABLE = /\$(?:\{([^}]*)\}|(\{)|([A-Za-z_][A-Za-z0-9_]*)|([*#$@!?\-0-9]))/g;

/**
 * The arguments of a command, by the quoting rules of POSIX shells: single quotes, double quotes and backslashes.
 * Nothing is expanded.
 *
 * Errors:  CommandLineError.
 */
export function splitCommand(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (isSpace(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new CommandLineError(`a single quote is not closed in: ${text}`);
      word = (word ?? '') + text.substring(at + 1, end);
      at = end;
    } else if (character === '"') {
      const quoted = doubleQuoted(text, at + 1);
      word = (word ?? '') + quoted.value;
      at = quoted.end;
    } else if (character === '\\') {
      if (++at === text.length) throw new CommandLineError(`nothing follows the last backslash in: ${text}`);
      if (text[at] !== '\n') word = (word ?? '') + text[at]!;
    } else word = (word ?? '') + character;
  }
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new CommandLineError('the command is empty');
  return words;
}

/**
 * The arguments with `$VAR` and `${VAR}` replaced; what is not known is empty.
 * The script that a shell is given (`sh -c '…'`) stays as it is: the shell takes variables from its environment,
 * where what clients sent is a value and can't become code.
 */
export function expandArguments(words: readonly string[], variables: (name: string) => string | undefined): readonly string[] {
  const script = shellScriptIndex(words);
  return words.map((word, index) => (index === script ? word : expand(word, variables)));
}

function expand(word: string, variables: (name: string) => string | undefined): string {
  return word.replace(VARIABLE, (_, braced?: string, open?: string, plain?: string, special?: string) =>
    open === undefined ? (variables(braced ?? plain ?? special ?? '') ?? '') : '',
  );
}

/** Where the script of a shell is, also behind `env`, `sudo`, `timeout 5`; -1 when there is none. */
function shellScriptIndex(words: readonly string[]): number {
  const shell = words.findIndex((word) => SHELLS.has(word.substring(word.lastIndexOf('/') + 1)));
  if (shell < 0) return -1;
  const option = words.findIndex((word, index) => index > shell && /^-[a-z]*c[a-z]*$/.test(word));
  return option < 0 ? -1 : option + 1;
}

function doubleQuoted(text: string, from: number): { readonly value: string; readonly end: number } {
  let value = '';
  for (let at = from; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') return { value, end: at };
    const next = text[at + 1];
    if (character === '\\' && next !== undefined && '$`"\\\n'.includes(next)) {
      if (next !== '\n') value += next;
      at++;
    } else value += character;
  }
  throw new CommandLineError(`a double quote is not closed in: ${text}`);
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n';
}
