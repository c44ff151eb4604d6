/** Deeper texts are refused before this is asked; the cap keeps the recursion short. */
const MAX_DEPTH = 64;

const END = 'unexpected end of JSON input';

/**
 * Why a text is not JSON, in the words of Go's decoder.
 *
 * Shape:   bytes that `JSON.parse` has refused, one character a byte, since Go names the byte that it stumbles over.
 * Errors:  none; a text without a problem is described as one that ends early.
 */
export function describeJsonProblem(text: string): string {
  try {
    const scanner = new Scanner(text);
    scanner.value(0);
    scanner.end();
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
  return END;
}

class Problem extends Error {}

class Scanner {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): void {
    if (depth > MAX_DEPTH) throw new Problem('exceeded max depth');
    const first = this.next();
    if (first === '{') this.members(depth);
    else if (first === '[') this.items(depth);
    else if (first === '"') this.string();
    else if (first === '-' || isDigit(first)) this.number(first);
    else if (first === 't') this.word('true');
    else if (first === 'f') this.word('false');
    else if (first === 'n') this.word('null');
    else refuse(first, 'looking for beginning of value');
  }

  end(): void {
    this.skipSpace();
    const rest = this.text[this.at];
    if (rest !== undefined) refuse(rest, 'after top-level value');
  }

  private members(depth: number): void {
    for (let first = true; ; first = false) {
      const key = this.next();
      if (first && key === '}') return;
      if (key !== '"') refuse(key, 'looking for beginning of object key string');
      this.string();
      const colon = this.next();
      if (colon !== ':') refuse(colon, 'after object key');
      this.value(depth + 1);
      const after = this.next();
      if (after === '}') return;
      if (after !== ',') refuse(after, 'after object key:value pair');
    }
  }

  private items(depth: number): void {
    if (this.peek() === ']') {
      this.next();
      return;
    }
    for (;;) {
      this.value(depth + 1);
      const after = this.next();
      if (after === ']') return;
      if (after !== ',') refuse(after, 'after array element');
    }
  }

  private string(): void {
    for (;;) {
      const character = this.take();
      if (character === '"') return;
      if (character < ' ') refuse(character, 'in string literal');
      if (character === '\\') this.escape();
    }
  }

  private escape(): void {
    const character = this.take();
    if (!'bfnrt\\/"u'.includes(character)) refuse(character, 'in string escape code');
    if (character !== 'u') return;
    for (let digit = 0; digit < 4; digit++) {
      const hex = this.take();
      if (!/[0-9a-f]/iu.test(hex)) refuse(hex, 'in \\u hexadecimal character escape');
    }
  }

  private number(first: string): void {
    let digit = first;
    if (digit === '-') {
      digit = this.takeOrSpace();
      if (!isDigit(digit)) refuse(digit, 'in numeric literal');
    }
    if (digit !== '0') this.digits();
    if (this.text[this.at] === '.') {
      this.at++;
      this.firstDigit(this.takeOrSpace(), 'after decimal point in numeric literal');
    }
    if (this.text[this.at]?.toLowerCase() !== 'e') return;
    this.at++;
    const sign = this.takeOrSpace();
    this.firstDigit(sign === '+' || sign === '-' ? this.takeOrSpace() : sign, 'in exponent of numeric literal');
  }

  private firstDigit(character: string, where: string): void {
    if (!isDigit(character)) refuse(character, where);
    this.digits();
  }

  private digits(): void {
    while (isDigit(this.text[this.at] ?? '')) this.at++;
  }

  private word(word: string): void {
    for (const expected of word.slice(1)) {
      const character = this.takeOrSpace();
      if (character !== expected) refuse(character, `in literal ${word} (expecting '${expected}')`);
    }
  }

  private next(): string {
    this.skipSpace();
    return this.take();
  }

  private peek(): string | undefined {
    this.skipSpace();
    return this.text[this.at];
  }

  private take(): string {
    const character = this.text[this.at++];
    if (character === undefined) throw new Problem(END);
    return character;
  }

  /** Where a number or a word breaks off, Go names the space that it takes the end for. */
  private takeOrSpace(): string {
    return this.text[this.at++] ?? ' ';
  }

  private skipSpace(): void {
    while (this.at < this.text.length && ' \t\r\n'.includes(this.text.charAt(this.at))) this.at++;
  }
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

function refuse(character: string, where: string): never {
  throw new Problem(`invalid character ${quote(character)} ${where}`);
}

/** As Go quotes a byte. */
function quote(character: string): string {
  if (character === "'") return String.raw`'\''`;
  const escaped = ESCAPES[character];
  if (escaped !== undefined) return `'${escaped}'`;
  const code = character.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return String.raw`'\x${code.toString(16).padStart(2, '0')}'`;
  return code >= 0x80 && (code <= 0xa0 || code === 0xad) ? String.raw`'\u00${code.toString(16)}'` : `'${character}'`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
  '\\': String.raw`\\`,
};
