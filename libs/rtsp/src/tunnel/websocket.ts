import { EMPTY_BYTES, ParseError, concatBytes, type CryptoPort } from '@mediamesh/bytes';

/** A frame carries one write of the peer: requests, or an access unit. */
export const MAX_WEBSOCKET_FRAME_BYTES = 16 * 1024 * 1024;
/** Source: RFC 6455 5.5. */
export const MAX_CONTROL_BYTES = 125;

const OPCODE = { continuation: 0, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const FIN = 0x80;
const MASKED = 0x80;
const MAX_HEADER_BYTES = 14;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const CLOSE_NORMAL = Uint8Array.of(0x03, 0xe8);

export interface WebSocketHandler {
  send(bytes: Uint8Array): void;
  /** Bytes of binary messages, in order and as they arrive: the borders of messages mean nothing to RTSP. A copy when the peer masks. */
  data(bytes: Uint8Array): void;
  /** The peer has closed; the answer was sent. Nothing is read afterwards. */
  closed(): void;
}

/**
 * The frames of a WebSocket, for binary streams.
 *
 * Shape:  bytes in any chunking in, payload bytes out; pings and closes are answered.
 * Errors: `receive` throws ParseError on text, reserved bits or opcodes, wrong masking, fragmented or long control frames, and long frames.
 * Source: RFC 6455 5.
 */
export class WebSocketStream {
  private readonly role: 'client' | 'server';
  private readonly crypto: CryptoPort;
  private readonly handler: WebSocketHandler;
  private readonly header = new Uint8Array(MAX_HEADER_BYTES);
  private headerFilled = 0;
  private headerNeeded = 2;
  private remaining = 0;
  private opcode = 0;
  private maskPosition = 0;
  private inMessage = false;
  private control: Uint8Array = EMPTY_BYTES;
  private ended = false;

  constructor(role: 'client' | 'server', crypto: CryptoPort, handler: WebSocketHandler) {
    this.role = role;
    this.crypto = crypto;
    this.handler = handler;
  }

  receive(chunk: Uint8Array): void {
    let position = 0;
    while (position < chunk.length && !this.ended) {
      if (this.headerFilled < this.headerNeeded) {
        this.header[this.headerFilled++] = chunk[position++]!;
        if (this.headerFilled === this.headerNeeded) this.readHeader();
        continue;
      }
      const taken = Math.min(this.remaining, chunk.length - position);
      this.readPayload(chunk.subarray(position, position + taken));
      position += taken;
    }
  }

  /** One binary message. */
  write(payload: Uint8Array): void {
    this.handler.send(this.frame(OPCODE.binary, payload));
  }

  ping(): void {
    this.handler.send(this.frame(OPCODE.ping, EMPTY_BYTES));
  }

  /** Says goodbye; close the socket afterwards. */
  close(): void {
    if (this.ended) return;
    this.ended = true;
    this.handler.send(this.frame(OPCODE.close, CLOSE_NORMAL));
  }

  private frame(opcode: number, payload: Uint8Array): Uint8Array {
    if (this.role === 'server') return concatBytes([serializeWebSocketHeader(opcode, payload.length), payload]);
    const header = serializeWebSocketHeader(opcode, payload.length);
    header[1] = header[1]! | MASKED;
    const mask = this.crypto.randomBytes(4);
    const bytes = concatBytes([header, mask, payload]);
    const start = header.length + 4;
    for (let i = 0; i < payload.length; i++) bytes[start + i]! ^= mask[i & 3]!;
    return bytes;
  }

  private readHeader(): void {
    const { header } = this;
    const code = header[1]! & 0x7f;
    const masked = (header[1]! & MASKED) !== 0;
    if (this.headerNeeded === 2) {
      if (masked !== (this.role === 'server')) throw new ParseError('WebSocketFrame', 1, masked ? 'is masked' : 'is not masked');
      this.checkOpcode(header[0]!, code);
      this.headerNeeded = 2 + (code === LENGTH_16 ? 2 : code === LENGTH_64 ? 8 : 0) + (masked ? 4 : 0);
      if (this.headerNeeded > 2) return;
    }
    this.remaining = this.payloadLength(code);
    this.maskPosition = 0;
    this.control = EMPTY_BYTES;
    if (this.remaining === 0) this.frameComplete();
  }

  private checkOpcode(first: number, code: number): void {
    const opcode = first & 0x0f;
    const final = (first & FIN) !== 0;
    if ((first & 0x70) !== 0) throw new ParseError('WebSocketFrame', 0, 'has reserved bits');
    if (opcode >= OPCODE.close) {
      if (!final || code > MAX_CONTROL_BYTES || opcode > OPCODE.pong)
        throw new ParseError('WebSocketFrame', 0, 'is a malformed control frame');
    } else {
      if (opcode !== (this.inMessage ? OPCODE.continuation : OPCODE.binary))
        throw new ParseError('WebSocketFrame', 0, `has the unexpected opcode ${opcode}`);
      this.inMessage = !final;
    }
    this.opcode = opcode;
  }

  private payloadLength(code: number): number {
    const { header } = this;
    if (code < LENGTH_16) return code;
    let length = 0;
    for (let i = 2; i < (code === LENGTH_16 ? 4 : 10); i++) length = length * 256 + header[i]!;
    if (length > MAX_WEBSOCKET_FRAME_BYTES) throw new ParseError('WebSocketFrame', 2, `exceeds ${MAX_WEBSOCKET_FRAME_BYTES} bytes`);
    return length;
  }

  private readPayload(payload: Uint8Array): void {
    this.remaining -= payload.length;
    const bytes = this.role === 'server' ? this.unmask(payload) : payload;
    if (this.opcode >= OPCODE.close) this.control = concatBytes([this.control, bytes]);
    else this.handler.data(bytes);
    if (this.remaining === 0) this.frameComplete();
  }

  private unmask(payload: Uint8Array): Uint8Array {
    const { header, headerNeeded, maskPosition } = this;
    const bytes = new Uint8Array(payload.length);
    for (let i = 0; i < payload.length; i++) bytes[i] = payload[i]! ^ header[headerNeeded - 4 + ((maskPosition + i) & 3)]!;
    this.maskPosition = (maskPosition + payload.length) & 3;
    return bytes;
  }

  private frameComplete(): void {
    this.headerFilled = 0;
    this.headerNeeded = 2;
    if (this.opcode === OPCODE.ping) this.handler.send(this.frame(OPCODE.pong, this.control));
    else if (this.opcode === OPCODE.close) {
      this.close();
      this.handler.closed();
    }
  }
}

/** Header of an unmasked, whole frame: for a server that writes its payload without copying it. `opcode` 2 is binary. */
export function serializeWebSocketHeader(opcode: number, payloadBytes: number): Uint8Array {
  if (payloadBytes < LENGTH_16) return Uint8Array.of(FIN | opcode, payloadBytes);
  if (payloadBytes <= 0xffff) return Uint8Array.of(FIN | opcode, LENGTH_16, payloadBytes >>> 8, payloadBytes & 0xff);
  const header = new Uint8Array(10);
  header[0] = FIN | opcode;
  header[1] = LENGTH_64;
  for (let i = 9, left = payloadBytes; i >= 2; i--, left = Math.floor(left / 256)) header[i] = left % 256;
  return header;
}
