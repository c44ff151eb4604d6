import { pathToken } from '@mediamesh/media';
import { createHash } from 'node:crypto';

/** Longer tokens are cut and hashed: a stream's name, of which the token is a part, may have 255 characters. */
export const MAX_TOKEN_LENGTH = 160;

const LONG_TOKEN_START = 100;

/** The path's token, or for a very long path its beginning and a hash: no token has a `=`. Errors: RangeError as `pathToken`. */
function subjectToken(path: string): string {
  const token = pathToken(path);
  if (token.length <= MAX_TOKEN_LENGTH) return token;
  const hash = createHash('sha256').update(path).digest('hex').substring(0, 40);
  return `${token.substring(0, LONG_TOKEN_START)}=${hash}`;
}

/** Lower-case words with dots between: what several installations on one NATS server differ in. */
export function assertSubjectPrefix(prefix: string): void {
  if (!/^[a-z0-9]+(\.[a-z0-9]+)*$/.test(prefix)) {
    throw new RangeError(`the subject prefix '${prefix}' is not made of lower-case letters and digits, with dots between`);
  }
}

/** Which of the three kinds of subject a message of an epoch goes to. */
export type EpochSubject = 'state' | 'key' | 'delta';

/** Names of what the broker keeps of an epoch. A generation is one stream of it: a lost stream is followed by the next generation. */
export class EpochNames {
  /** Matches the subjects of all generations. */
  readonly anyGeneration: string;
  /** Core NATS: news about the epoch for its readers and its publisher. In no stream. */
  readonly news: string;
  readonly #streamStart: string;
  readonly #subjectStart: string;

  constructor(prefix: string, path: string, epoch: number) {
    const token = subjectToken(path);
    this.#subjectStart = `${prefix}.${token}.${epoch}`;
    this.#streamStart = `${prefix.toUpperCase().replaceAll('.', '-')}_${token}_${epoch}_`;
    this.anyGeneration = `${this.#subjectStart}.*.>`;
    this.news = `${this.#subjectStart}.news`;
  }

  stream(generation: number): string {
    return `${this.#streamStart}${generation}`;
  }

  subject(generation: number, kind: EpochSubject): string {
    return `${this.#subjectStart}.${generation}.${kind}`;
  }

  allOf(generation: number): string {
    return `${this.#subjectStart}.${generation}.>`;
  }

  /** -1 for a stream of something else. */
  generationOf(stream: string): number {
    if (!stream.startsWith(this.#streamStart)) return -1;
    const text = stream.substring(this.#streamStart.length);
    return /^\d{1,9}$/.test(text) ? Number(text) : -1;
  }
}

/** Matches the news of every epoch. */
export function anyNews(prefix: string): string {
  return `${prefix}.*.*.news`;
}
