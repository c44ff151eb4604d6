import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';

/** Crypto sessions of one message: one an SSRC; the field is a byte, a session has a few. */
export const MAX_CRYPTO_SESSIONS = 64;
/** Payloads of one message: T, RAND, SP, KEMAC, each once. */
export const MAX_PAYLOADS = 16;
/** Parameters of one policy: RFC 3830 6.10.1 defines 13. */
export const MAX_POLICY_PARAMETERS = 32;
/** Keys of one KEMAC: one is used, cameras send up to two. */
export const MAX_KEYS = 8;

const STRUCTURE = 'MikeyMessage';
const VERSION = 1;
const DATA_TYPE_PSK_INIT = 0;
const PRF_MIKEY_1 = 0;
const MAP_SRTP_ID = 0;
const PAYLOAD = { last: 0, kemac: 1, t: 5, sp: 10, rand: 11, keyData: 20 } as const;
const TIMESTAMP_NTP_UTC = 0;
const PROTOCOL_SRTP = 0;
const ENCRYPTION_NULL = 0;
const MAC_NULL = 0;
const KEY_TYPE_TEK = 2;
const KEY_VALIDITY_NULL = 0;
const KEY_VALIDITY_SPI = 1;
const MIN_RAND_BYTES = 16;

/** An SRTP stream that the keys are for. */
export interface CryptoSession {
  readonly policy: number;
  readonly ssrc: number;
  readonly rolloverCounter: number;
}

export interface SecurityPolicy {
  readonly policy: number;
  /** Type of RFC 3830 6.10.1 to its value. */
  readonly parameters: ReadonlyMap<number, Uint8Array>;
}

/** A traffic encryption key: master key and salt together. */
export interface TrafficKey {
  readonly key: Uint8Array;
  /** Master key identifier; absent when there is none. */
  readonly spi?: Uint8Array;
}

/**
 * The initiator's message of MIKEY with pre-shared key mode, NULL encryption and NULL MAC: as RTSP uses it, inside of TLS.
 *
 * Units:    `timestamp` is NTP: seconds since 1900, and the fraction as a 32-bit number.
 * Aliasing: byte fields of a parsed message are views of the input.
 * Source:   RFC 3830 6.
 */
export interface MikeyMessage {
  readonly csbId: number;
  readonly cryptoSessions: readonly CryptoSession[];
  readonly timestamp?: { readonly seconds: number; readonly fraction: number };
  readonly random?: Uint8Array;
  readonly policies: readonly SecurityPolicy[];
  readonly keys: readonly TrafficKey[];
}

/**
 * Errors: ParseError when it is truncated, of another mode, has an unknown payload, or exceeds a limit.
 *         One byte of zero behind it is accepted: Milestone XProtect sends it.
 */
export function parseMikeyMessage(bytes: Uint8Array): MikeyMessage {
  const reader = new ByteReader(bytes, STRUCTURE);
  expectByte(reader, VERSION, 'version');
  expectByte(reader, DATA_TYPE_PSK_INIT, 'data type');
  let next = reader.u8();
  expectByte(reader, PRF_MIKEY_1, 'PRF');
  const csbId = reader.u32();
  const count = reader.u8();
  expectByte(reader, MAP_SRTP_ID, 'map type');
  if (count > MAX_CRYPTO_SESSIONS) throw new ParseError(STRUCTURE, 8, `has ${count} crypto sessions`);
  const cryptoSessions: CryptoSession[] = [];
  for (let i = 0; i < count; i++) cryptoSessions.push({ policy: reader.u8(), ssrc: reader.u32(), rolloverCounter: reader.u32() });
  const message: { -readonly [K in keyof MikeyMessage]: MikeyMessage[K] } & { policies: SecurityPolicy[]; keys: TrafficKey[] } = {
    csbId,
    cryptoSessions,
    policies: [],
    keys: [],
  };
  for (let payloads = 0; next !== PAYLOAD.last; payloads++) {
    if (payloads === MAX_PAYLOADS) throw new ParseError(STRUCTURE, reader.position, `has more than ${MAX_PAYLOADS} payloads`);
    const type = next;
    next = reader.u8();
    if (type === PAYLOAD.t) message.timestamp = parseTimestamp(reader);
    else if (type === PAYLOAD.rand) message.random = parseRandom(reader);
    else if (type === PAYLOAD.sp) message.policies.push(parsePolicy(reader));
    else if (type === PAYLOAD.kemac) message.keys.push(...parseKemac(reader));
    else throw new ParseError(STRUCTURE, reader.position, `has a payload of type ${type}`);
  }
  if (reader.remaining > 1 || (reader.remaining === 1 && reader.u8() !== 0))
    throw new ParseError(STRUCTURE, reader.position, 'has bytes behind it');
  return message;
}

function expectByte(reader: ByteReader, expected: number, what: string): void {
  const value = reader.u8();
  if (value !== expected) throw new ParseError(reader.structure, reader.position - 1, `has the unsupported ${what} ${value}`);
}

function parseTimestamp(reader: ByteReader): { seconds: number; fraction: number } {
  expectByte(reader, TIMESTAMP_NTP_UTC, 'timestamp type');
  return { seconds: reader.u32(), fraction: reader.u32() };
}

function parseRandom(reader: ByteReader): Uint8Array {
  const length = reader.u8();
  if (length < MIN_RAND_BYTES) throw new ParseError(STRUCTURE, reader.position, `has ${length} random bytes`);
  return reader.bytes(length);
}

function parsePolicy(reader: ByteReader): SecurityPolicy {
  const policy = reader.u8();
  expectByte(reader, PROTOCOL_SRTP, 'security protocol');
  const content = new ByteReader(reader.bytes(reader.u16()), 'MikeyPolicy');
  const parameters = new Map<number, Uint8Array>();
  while (content.remaining > 0) {
    if (parameters.size === MAX_POLICY_PARAMETERS) throw new ParseError('MikeyPolicy', content.position, 'has too many parameters');
    const type = content.u8();
    parameters.set(type, content.bytes(content.u8()));
  }
  return { policy, parameters };
}

function parseKemac(reader: ByteReader): TrafficKey[] {
  expectByte(reader, ENCRYPTION_NULL, 'encryption');
  const content = new ByteReader(reader.bytes(reader.u16()), 'MikeyKeyData');
  const keys: TrafficKey[] = [];
  let next: number = PAYLOAD.keyData;
  while (next !== PAYLOAD.last) {
    if (next !== PAYLOAD.keyData || keys.length === MAX_KEYS)
      throw new ParseError('MikeyKeyData', content.position, 'has another payload, or too many keys');
    next = content.u8();
    const kind = content.u8();
    const validity = kind & 0x0f;
    if (kind >> 4 !== KEY_TYPE_TEK || (validity !== KEY_VALIDITY_NULL && validity !== KEY_VALIDITY_SPI))
      throw new ParseError('MikeyKeyData', content.position, `has the unsupported kind ${kind}`);
    const key = content.bytes(content.u16());
    keys.push(validity === KEY_VALIDITY_SPI ? { key, spi: content.bytes(content.u8()) } : { key });
  }
  if (content.remaining > 0) throw new ParseError('MikeyKeyData', content.position, 'has bytes behind it');
  expectByte(reader, MAC_NULL, 'MAC');
  return keys;
}

export function serializeMikeyMessage(message: MikeyMessage): Uint8Array {
  const payloads: { readonly type: number; readonly write: (writer: ByteWriter) => void }[] = [];
  const { timestamp, random, policies, keys } = message;
  if (timestamp !== undefined) {
    payloads.push({ type: PAYLOAD.t, write: (writer) => void writer.u8(TIMESTAMP_NTP_UTC).u32(timestamp.seconds).u32(timestamp.fraction) });
  }
  if (random !== undefined) payloads.push({ type: PAYLOAD.rand, write: (writer) => void writer.u8(random.length).bytes(random) });
  for (const policy of policies) payloads.push({ type: PAYLOAD.sp, write: (writer) => writePolicy(writer, policy) });
  if (keys.length > 0) payloads.push({ type: PAYLOAD.kemac, write: (writer) => writeKemac(writer, keys) });

  const writer = new ByteWriter();
  writer.u8(VERSION).u8(DATA_TYPE_PSK_INIT);
  writer.u8(payloads[0]?.type ?? PAYLOAD.last).u8(PRF_MIKEY_1);
  writer.u32(message.csbId).u8(message.cryptoSessions.length).u8(MAP_SRTP_ID);
  for (const session of message.cryptoSessions) writer.u8(session.policy).u32(session.ssrc).u32(session.rolloverCounter);
  payloads.forEach((payload, index) => {
    writer.u8(payloads[index + 1]?.type ?? PAYLOAD.last);
    payload.write(writer);
  });
  return writer.finish();
}

function writePolicy(writer: ByteWriter, policy: SecurityPolicy): void {
  const content = new ByteWriter();
  for (const [type, value] of policy.parameters) content.u8(type).u8(value.length).bytes(value);
  writer.u8(policy.policy).u8(PROTOCOL_SRTP).u16(content.position).bytes(content.finish());
}

function writeKemac(writer: ByteWriter, keys: readonly TrafficKey[]): void {
  const content = new ByteWriter();
  keys.forEach(({ key, spi }, index) => {
    content.u8(index + 1 < keys.length ? PAYLOAD.keyData : PAYLOAD.last);
    content.u8((KEY_TYPE_TEK << 4) | (spi === undefined ? KEY_VALIDITY_NULL : KEY_VALIDITY_SPI));
    content.u16(key.length).bytes(key);
    if (spi !== undefined) content.u8(spi.length).bytes(spi);
  });
  writer.u8(ENCRYPTION_NULL).u16(content.position).bytes(content.finish()).u8(MAC_NULL);
}
