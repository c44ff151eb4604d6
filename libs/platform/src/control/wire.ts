import { ControlError } from '@mediamesh/contracts';

/**
 * What the control transport needs of a message system; `InProcessWire` and `NatsWire` provide it with the same semantics.
 *
 * Shape:   bytes under a subject; a request has one reply or many; a subscription with a queue shares its messages
 *          with the others of that queue. Delivery is never synchronous, and in the order of sending for each sender.
 * Errors:  ControlError UNAVAILABLE (nobody is subscribed; not connected; the connection is lost while waiting),
 *          TIMED_OUT, TERMINATED (the signal), INVALID_MESSAGE (over MAX_WIRE_MESSAGE_BYTES).
 * Aliasing: bytes are handed on as they are: neither side changes them afterwards.
 */
export interface ControlWire {
  readonly connected: boolean;
  request(subject: string, bytes: Uint8Array, options: WireRequestOptions): Promise<Uint8Array>;
  /** Ends when `onReply` returns true, or at the deadline, which is no error here. */
  requestMany(subject: string, bytes: Uint8Array, options: WireGatherOptions): Promise<void>;
  /** False: not connected, so it is dropped. */
  publish(subject: string, bytes: Uint8Array): boolean;
  subscribe(subject: string, queue: string | undefined, handler: WireHandler): WireSubscription;
  /** Resolves when everything subscribed and published so far is in effect. */
  flush(): Promise<void>;
  /** Returns the function that ends listening. */
  onStatus(listener: (status: WireStatus) => void): () => void;
  /** Requests that wait are rejected with UNAVAILABLE. */
  close(): Promise<void>;
}

export interface WireRequestOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface WireGatherOptions extends WireRequestOptions {
  readonly onReply: (bytes: Uint8Array) => boolean;
}

/** `reply` is a no-op for messages that nobody waits for; false: it could not be sent. */
export type WireHandler = (bytes: Uint8Array, reply: (bytes: Uint8Array) => boolean) => void;

export interface WireSubscription {
  /** Messages already on their way are still delivered. */
  unsubscribe(): void;
}

export type WireStatus = 'connected' | 'disconnected' | 'closed';

/** The broker's default `max_payload`: both wires refuse more, so that standalone shows what a cluster would refuse. */
export const MAX_WIRE_MESSAGE_BYTES = 1024 * 1024;

export function assertWireSize(subject: string, bytes: Uint8Array): void {
  if (bytes.length <= MAX_WIRE_MESSAGE_BYTES) return;
  throw new ControlError(
    'INVALID_MESSAGE',
    `'${subject}' has ${bytes.length} bytes, the limit is ${MAX_WIRE_MESSAGE_BYTES}: send it in pages`,
  );
}

/** Nobody is subscribed to the subject of a request. */
export class NoResponderError extends ControlError {
  constructor(subject: string) {
    super('UNAVAILABLE', `nobody answers '${subject}'`);
    this.name = 'NoResponderError';
  }
}
