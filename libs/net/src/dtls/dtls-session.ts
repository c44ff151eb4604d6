import type { DtlsContext } from './dtls-context.ts';
import { fingerprintText } from './dtls-context.ts';

/** Datagrams of a handshake: below what any path takes. */
const MTU_BYTES = 1_200;
/** A record of the largest size with its header. */
const MAX_RECORD_BYTES = 16_384 + 256;
const RECORD_HEADER_BYTES = 13;
const KEY_BYTES = 16;
const SALT_BYTES = 14;
const EXPORTER_LABEL = 'EXTRACTOR-dtls_srtp';
const SSL_CTRL_SET_MTU = 17;
const DTLS_CTRL_HANDLE_TIMEOUT = 74;
const BIO_SET_EOF_RETURN = 130;
const SSL_ERROR_WANT_READ = 2;
const SSL_ERROR_ZERO_RETURN = 6;

/** Master keys and salts of both directions. */
export interface SrtpMasterKeys {
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
}

export interface Fingerprint {
  /** `sha-256` */
  readonly algorithm: string;
  /** `AB:CD:...` */
  readonly value: string;
}

export interface DtlsSessionOptions {
  readonly context: DtlsContext;
  readonly role: 'server' | 'client';
  /** Of the peer's certificate, from its SDP: one of them must match. */
  readonly fingerprints: readonly Fingerprint[];
  readonly send: (datagram: Uint8Array) => void;
  readonly onKeys: (keys: SrtpMasterKeys) => void;
  /** What the peer sends inside of DTLS; a view that is valid until it returns. Without it, that is dropped. */
  readonly onData?: (data: Uint8Array) => void;
  /** The handshake failed, or the peer has closed. Called once. */
  readonly onEnd: (reason: string) => void;
}

const record = Buffer.alloc(MAX_RECORD_BYTES);

/**
 * A DTLS 1.2 session of one peer, for the keys of SRTP, and for data.
 *
 * Shape:   datagrams in, datagrams out through `send`; `tick` now and then, for lost flights; synchronous.
 * Errors:  none leave: a handshake that fails ends the session. Datagrams that are not DTLS are dropped by OpenSSL.
 * Trust:   the peer proves that it has the key of its certificate, and the certificate is the one whose fingerprint its SDP told.
 * Source:  RFC 6347, RFC 5763, RFC 5764.
 */
export class DtlsSession {
  private readonly options: DtlsSessionOptions;
  private readonly handle: number;
  private readonly incoming: number;
  private readonly outgoing: number;
  private connected = false;
  private closed = false;

  constructor(options: DtlsSessionOptions) {
    const { ssl, handle: context } = options.context;
    this.options = options;
    this.handle = ssl.newSession(context);
    options.context.sessionCount++;
    this.incoming = ssl.newBio(ssl.memoryBio());
    this.outgoing = ssl.newBio(ssl.memoryBio());
    // An empty BIO says "later", not "the end".
    ssl.bioControl(this.incoming, BIO_SET_EOF_RETURN, -1);
    ssl.bioControl(this.outgoing, BIO_SET_EOF_RETURN, -1);
    ssl.setBios(this.handle, this.incoming, this.outgoing);
    ssl.control(this.handle, SSL_CTRL_SET_MTU, MTU_BYTES, null);
    if (options.role === 'server') ssl.acceptState(this.handle);
    else ssl.connectState(this.handle);
  }

  get isConnected(): boolean {
    return this.connected;
  }

  /** The client's first flight. */
  start(): void {
    if (this.options.role === 'client') this.advance();
  }

  receive(datagram: Uint8Array): void {
    if (this.closed) return;
    this.options.context.ssl.bioWrite(this.incoming, datagram, datagram.length);
    if (this.connected) this.readRecords();
    else this.advance();
  }

  /** Sends a flight again when its answer is overdue; OpenSSL keeps the time. */
  tick(): void {
    if (this.closed || this.connected) return;
    const { ssl } = this.options.context;
    const result = ssl.control(this.handle, DTLS_CTRL_HANDLE_TIMEOUT, 0, null);
    this.flush();
    if (result < 0) this.end(`DTLS handshake failed: ${ssl.lastError() || 'no answer'}`);
  }

  /** Once connected: one record, which arrives whole or not at all. */
  send(data: Uint8Array): void {
    if (this.closed || !this.connected) return;
    const { ssl } = this.options.context;
    ssl.write(this.handle, data, data.length);
    this.flush();
  }

  /** Tells the peer. Idempotent. */
  close(): void {
    if (this.closed) return;
    const { ssl } = this.options.context;
    if (this.connected) {
      ssl.shutdown(this.handle);
      this.flush();
    }
    this.closed = true;
    ssl.freeSession(this.handle); // and its BIOs
    this.options.context.sessionCount--;
    ssl.lastError();
  }

  private advance(): void {
    const { ssl } = this.options.context;
    const result = ssl.handshake(this.handle);
    this.flush();
    if (result === 1) return this.established();
    const error = ssl.errorOf(this.handle, result);
    const reason = ssl.lastError();
    if (error !== SSL_ERROR_WANT_READ) this.end(`DTLS handshake failed: ${reason || error}`);
  }

  private established(): void {
    const { context, role, onKeys } = this.options;
    const { ssl } = context;
    if (!this.isExpectedPeer()) return this.end('DTLS handshake failed: the certificate is not the one whose fingerprint was offered');
    if (ssl.selectedSrtpProfile(this.handle) === 0) return this.end('DTLS handshake failed: no SRTP profile in common');
    const material = new Uint8Array(2 * (KEY_BYTES + SALT_BYTES));
    if (ssl.exportKeys(this.handle, material, material.length, EXPORTER_LABEL) !== 1) return this.end(`no SRTP keys: ${ssl.lastError()}`);
    this.connected = true;
    const client = keyAndSalt(material, 0);
    const server = keyAndSalt(material, 1);
    onKeys(role === 'server' ? { ours: server, theirs: client } : { ours: client, theirs: server });
  }

  private isExpectedPeer(): boolean {
    const { ssl } = this.options.context;
    const certificate = ssl.peerCertificate(this.handle);
    if (certificate === 0) return false;
    const matches = this.options.fingerprints.some(({ algorithm, value }) => {
      const digest = ssl.digest(certificate, algorithm.toLowerCase().replace('-', ''));
      return digest !== undefined && fingerprintText(digest) === value.toUpperCase();
    });
    ssl.freeCertificate(certificate);
    return matches;
  }

  /** Data, and alerts. */
  private readRecords(): void {
    const { ssl } = this.options.context;
    for (;;) {
      const result = ssl.read(this.handle, record, record.length);
      if (result > 0) {
        this.options.onData?.(record.subarray(0, result));
        if (this.closed) return;
        continue;
      }
      const error = ssl.errorOf(this.handle, result);
      ssl.lastError();
      this.flush();
      if (error === SSL_ERROR_ZERO_RETURN) this.end('peer connection closed');
      return;
    }
  }

  /** What OpenSSL has written, record by record, in datagrams of up to the MTU. */
  private flush(): void {
    const { ssl } = this.options.context;
    let datagram = Buffer.alloc(0);
    for (;;) {
      if (ssl.bioRead(this.outgoing, record, RECORD_HEADER_BYTES) < RECORD_HEADER_BYTES) break;
      const length = record.readUInt16BE(RECORD_HEADER_BYTES - 2);
      ssl.bioRead(this.outgoing, record.subarray(RECORD_HEADER_BYTES), length);
      const size = RECORD_HEADER_BYTES + length;
      if (datagram.length > 0 && datagram.length + size > MTU_BYTES) {
        this.options.send(datagram);
        datagram = Buffer.alloc(0);
      }
      datagram = Buffer.concat([datagram, record.subarray(0, size)]); // a handful a session
    }
    if (datagram.length > 0) this.options.send(datagram);
  }

  private end(reason: string): void {
    if (this.closed) return;
    this.close();
    this.options.onEnd(reason);
  }
}

/** Layout: client key, server key, client salt, server salt. RFC 5764 4.2. */
function keyAndSalt(material: Uint8Array, index: 0 | 1): Uint8Array {
  const bytes = new Uint8Array(KEY_BYTES + SALT_BYTES);
  bytes.set(material.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES));
  const salts = 2 * KEY_BYTES;
  bytes.set(material.subarray(salts + index * SALT_BYTES, salts + (index + 1) * SALT_BYTES), KEY_BYTES);
  return bytes;
}
