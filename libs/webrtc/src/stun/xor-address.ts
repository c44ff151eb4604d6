import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';
import { ipBytes, ipText } from './ip-bytes.ts';

const STRUCTURE = 'STUN address';
const IPV4 = 1;
const IPV6 = 2;
/** Cookie and transaction, which addresses are masked with, in a message. */
const MASK_OFFSET = 4;
const MASK_END = 20;

/** Where datagrams go to, or come from. */
export interface TransportAddress {
  readonly address: string;
  readonly port: number;
}

/** `mask`: the cookie and the transaction id, 16 bytes. Source: RFC 8489 14.2. */
export function xorAddressValue({ address, port }: TransportAddress, mask: Uint8Array): Uint8Array {
  const ip = ipBytes(address);
  const value = new ByteWriter()
    .u8(0)
    .u8(ip.length === 4 ? IPV4 : IPV6)
    .u16(port)
    .bytes(ip)
    .finish();
  unmask(value, mask);
  return value;
}

/** Of a message. Errors: ParseError. */
export function readXorAddress(value: Uint8Array, message: Uint8Array): TransportAddress {
  const plain = new Uint8Array(value);
  const family = plain[1];
  const size = family === IPV4 ? 4 : 16;
  if ((family !== IPV4 && family !== IPV6) || plain.length !== 4 + size)
    throw new ParseError(STRUCTURE, 0, `has ${plain.length} bytes of the family ${family}`);
  unmask(plain, message.subarray(MASK_OFFSET, MASK_END));
  const reader = new ByteReader(plain, STRUCTURE);
  reader.skip(2);
  return { port: reader.u16(), address: ipText(reader.bytes(size)) };
}

function unmask(value: Uint8Array, mask: Uint8Array): void {
  value[2]! ^= mask[0]!;
  value[3]! ^= mask[1]!;
  for (let i = 4; i < value.length; i++) value[i]! ^= mask[i - 4]!;
}
