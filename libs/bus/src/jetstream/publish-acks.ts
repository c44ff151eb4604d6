import type { Msg } from '@nats-io/transport-node';

/** What was published with a reply, up to its ack. */
export interface PendingAck {
  /** A key's ack says that media is kept again; a state's only where it is. */
  readonly kind: 'state' | 'key' | 'end';
  /** Of this generation: messages up to this one, units before it. */
  readonly messages: number;
  readonly units: number;
  readonly sentMs: number;
  readonly settled: ((outcome: AckOutcome) => void) | undefined;
}

export type AckOutcome =
  | { readonly result: 'stored'; readonly sequence: number }
  /** Nobody keeps this subject. */
  | { readonly result: 'noStream' }
  | { readonly result: 'refused'; readonly why: string }
  /** Disconnected, or no answer. */
  | { readonly result: 'unknown' };

const NO_RESPONDERS = 503;
export const UNKNOWN: AckOutcome = { result: 'unknown' };

/** What a publication has sent on its stream, and what of it the broker has confirmed. */
export class PublishAcks {
  readonly #pending = new Map<number, PendingAck>();
  #requests = 0;
  #messages = 0;
  #units = 0;
  #askedMessages = 0;
  #ackedMessages = 0;
  #ackedUnits = 0;
  #ackedSequence = 0;

  /** Messages were sent since the last that asked for an ack. */
  get unasked(): boolean {
    return this.#messages > this.#askedMessages;
  }

  /** Units that may be lost with the stream. */
  get unackedUnits(): number {
    return this.#units - this.#ackedUnits;
  }

  /** Another stream: sequences begin anew. Replies that are on their way mean nothing any more. */
  restart(): void {
    this.forget();
    this.#messages = 0;
    this.#units = 0;
    this.#askedMessages = 0;
    this.#ackedMessages = 0;
    this.#ackedUnits = 0;
    this.#ackedSequence = 0;
  }

  sentMessage(): void {
    this.#messages += 1;
  }

  sentUnit(): void {
    this.#units += 1;
  }

  /** Counts a message that asks for an ack; returns the number of the request. */
  ask(kind: PendingAck['kind'], nowMs: number, settled: PendingAck['settled']): number {
    this.#messages += 1;
    this.#askedMessages = this.#messages;
    this.#requests += 1;
    this.#pending.set(this.#requests, { kind, messages: this.#messages, units: this.#units, sentMs: nowMs, settled });
    return this.#requests;
  }

  take(request: number): PendingAck | undefined {
    const pending = this.#pending.get(request);
    this.#pending.delete(request);
    return pending;
  }

  unitsSince(pending: PendingAck): number {
    return this.#units - pending.units;
  }

  /** Sequences grow by one a message: fewer than were sent since the last ack means that deltas were not kept. Returns units lost. */
  stored(pending: PendingAck, sequence: number): number {
    const missing = this.#ackedSequence === 0 ? 0 : pending.messages - this.#ackedMessages - (sequence - this.#ackedSequence);
    const lost = Math.max(0, Math.min(missing, pending.units - this.#ackedUnits));
    this.#ackedMessages = pending.messages;
    this.#ackedUnits = pending.units + (pending.kind === 'key' ? 1 : 0);
    this.#ackedSequence = sequence;
    return lost;
  }

  overdue(nowMs: number, timeoutMs: number): boolean {
    const oldest = this.#pending.values().next().value;
    return oldest !== undefined && nowMs - oldest.sentMs > timeoutMs;
  }

  /** Their outcome will not be known. */
  forget(): void {
    const forgotten = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of forgotten) pending.settled?.(UNKNOWN);
  }
}

export function parseAck(message: Msg): AckOutcome {
  if (message.headers?.code === NO_RESPONDERS) return { result: 'noStream' };
  try {
    const ack: unknown = JSON.parse(message.string());
    if (typeof ack === 'object' && ack !== null) {
      if ('error' in ack && ack.error !== undefined) return { result: 'refused', why: refusal(ack.error) };
      if ('seq' in ack && Number.isSafeInteger(ack.seq)) return { result: 'stored', sequence: Number(ack.seq) };
    }
  } catch {
    return { result: 'refused', why: 'the broker sent an ack that is not JSON' };
  }
  return { result: 'refused', why: 'the broker sent an ack without a sequence' };
}

function refusal(error: unknown): string {
  const description = typeof error === 'object' && error !== null && 'description' in error ? String(error.description) : 'unknown error';
  return `the broker refuses media: ${description}; raise max_memory_store, or spread paths over more servers`;
}
