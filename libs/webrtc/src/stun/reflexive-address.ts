import type { CryptoPort } from '@mediamesh/bytes';
import { StunClass, StunMethod } from './stun-message.ts';
import type { StunMessage } from './stun-message.ts';
import { StunTransaction } from './stun-transaction.ts';
import { serializeStun } from './stun-writer.ts';
import type { TransportAddress } from './xor-address.ts';

/** So often the mapping of a NAT is used, that it stays. RFC 8445 11. */
const KEEPALIVE_MS = 15_000;
/** A server that did not answer is asked again. */
const RETRY_MS = 30_000;

/**
 * Our address behind a NAT, as a STUN server sees it: asked for again and again, which keeps the mapping open.
 *
 * Shape:  `tick` gives what is to be sent to the server, `receive` takes its answers; `newTransactionId`: so that an answer can be told from others.
 * Source: RFC 8489 (Binding), RFC 8445 5.1.1.2, 11.
 */
export class ReflexiveAddress {
  private readonly crypto: CryptoPort;
  private readonly newTransactionId: () => Uint8Array;
  private current: TransportAddress | undefined;
  private transaction: StunTransaction | undefined;
  private nextMs = 0;
  private hasFailedNow = false;

  constructor(crypto: CryptoPort, newTransactionId: () => Uint8Array) {
    this.crypto = crypto;
    this.newTransactionId = newTransactionId;
  }

  /** Undefined until the first answer, and when there are none any more. */
  get mapped(): TransportAddress | undefined {
    return this.current;
  }

  /** The server has not answered, or with an error; it will be asked again. */
  get hasFailed(): boolean {
    return this.hasFailedNow;
  }

  tick(nowMs: number): Uint8Array | undefined {
    if (this.transaction !== undefined) {
      const due = this.transaction.tick(nowMs);
      if (due === 'send') return this.transaction.bytes;
      if (due === 'expired') this.fail(nowMs);
      return undefined;
    }
    if (nowMs < this.nextMs) return undefined;
    const id = this.newTransactionId();
    this.transaction = new StunTransaction(
      id,
      serializeStun({ class: StunClass.request, method: StunMethod.binding, transactionId: id }, []),
      { nowMs },
    );
    return this.transaction.bytes;
  }

  /** Whether it was an answer to us. */
  receive({ class: kind, transactionId, mapped }: StunMessage, nowMs: number): boolean {
    const { transaction } = this;
    const isAnswer = kind === StunClass.success || kind === StunClass.error;
    if (transaction === undefined || !isAnswer || !this.crypto.equal(transaction.id, transactionId)) return false;
    if (kind === StunClass.error || mapped === undefined) {
      this.fail(nowMs);
      return true;
    }
    this.transaction = undefined;
    this.current = mapped;
    this.hasFailedNow = false;
    this.nextMs = nowMs + KEEPALIVE_MS;
    return true;
  }

  private fail(nowMs: number): void {
    this.transaction = undefined;
    this.current = undefined;
    this.hasFailedNow = true;
    this.nextMs = nowMs + RETRY_MS;
  }
}
