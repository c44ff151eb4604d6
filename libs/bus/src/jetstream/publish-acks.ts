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
