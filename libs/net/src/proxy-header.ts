import { isIP } from 'node:net';
import { latin1FromBytes, ParseError } from '@mediamesh/bytes';
import { ipv4Text, ipv6Text } from './ip-text.ts';

/** The longest line of version 1, its end included: fixed by the specification. */
export const MAX_PROXY_V1_BYTES = 107;
/** Version 2: the fixed part, 216 bytes of unix addresses at most, and the TLVs of known balancers, which stay far below. */
export const MAX_PROXY_V2_BYTES = 4_096;

const STRUCTURE = 'PROXY header';
const V1_SIGNATURE = Uint8Array.of(0x50, 0x52, 0x4f, 0x58, 0x59, 0x20); // "PROXY "
const V2_SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const V2_FIXED_BYTES = 16;
const V2_TCP4 = 0x11;
const V2_TCP6 = 0x21;

/** `source` is the client; undefined when the proxy speaks for itself (health checks), or does not know. */
export interface ProxyHeader {
  readonly sizeBytes: number;
  readonly source: { readonly address: string; readonly port: number } | undefined;
}

/**
 * The PROXY protocol header that a balancer puts before what the client sends.
 *
 * Shape:  the first bytes of a connection in; `incomplete` asks for more, `absent` says that they are the client's own.
 * Errors: ParseError when it begins as a header and is not one, or exceeds MAX_PROXY_V1_BYTES or MAX_PROXY_V2_BYTES.
 * Source: the PROXY protocol, versions 1 and 2 (haproxy, doc/proxy-protocol.txt 2.1, 2.2).
 */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader | 'incomplete' | 'absent' {
  const signature = bytes[0] === V1_SIGNATURE[0] ? V1_SIGNATURE : V2_SIGNATURE;
  const length = Math.min(bytes.length, signature.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== signature[i]) return 'absent';
  if (length < signature.length) return 'incomplete';
  return signature === V1_SIGNATURE ? parseV1(bytes) : parseV2(bytes);
}

function parseV1(bytes: Uint8Array): ProxyHeader | 'incomplete' {
  const end = bytes.indexOf(0x0a);
  if (end < 0 && bytes.length < MAX_PROXY_V1_BYTES) return 'incomplete';
  if (end < 0 || end >= MAX_PROXY_V1_BYTES) throw new ParseError(STRUCTURE, MAX_PROXY_V1_BYTES, 'version 1: its line does not end');
  if (bytes[end - 1] !== 0x0d) throw new ParseError(STRUCTURE, end, 'version 1: its line does not end with CR LF');
  const sizeBytes = end + 1;
  const fields = latin1FromBytes(bytes.subarray(V1_SIGNATURE.length, end - 1)).split(' ');
  if (fields[0] === 'UNKNOWN') return { sizeBytes, source: undefined };
  const [protocol, address = '', destination = '', port = '', destinationPort = ''] = fields;
  const family = protocol === 'TCP4' ? 4 : protocol === 'TCP6' ? 6 : -1;
  if (fields.length !== 5 || isIP(address) !== family || isIP(destination) !== family || !isPort(port) || !isPort(destinationPort)) {
    throw new ParseError(STRUCTURE, V1_SIGNATURE.length, 'version 1: its addresses are malformed');
  }
  return { sizeBytes, source: { address, port: Number(port) } };
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function parseV2(bytes: Uint8Array): ProxyHeader | 'incomplete' {
  if (bytes.length < V2_FIXED_BYTES) return 'incomplete';
  const versionCommand = bytes[12]!;
  const familyTransport = bytes[13]!;
  const sizeBytes = V2_FIXED_BYTES + ((bytes[14]! << 8) | bytes[15]!);
  if (versionCommand !== 0x20 && versionCommand !== 0x21) {
    throw new ParseError(STRUCTURE, 12, `version 2: version and command are 0x${versionCommand.toString(16)}`);
  }
  if (sizeBytes > MAX_PROXY_V2_BYTES) throw new ParseError(STRUCTURE, 14, `version 2: ${sizeBytes} bytes exceed ${MAX_PROXY_V2_BYTES}`);
  if (bytes.length < sizeBytes) return 'incomplete';
  if (versionCommand === 0x20) return { sizeBytes, source: undefined }; // LOCAL
  const addressBytes = familyTransport === V2_TCP4 ? 4 : familyTransport === V2_TCP6 ? 16 : 0;
  if (addressBytes === 0) return { sizeBytes, source: undefined };
  if (sizeBytes < V2_FIXED_BYTES + 2 * addressBytes + 4)
    throw new ParseError(STRUCTURE, 14, 'version 2: it is too short for its addresses');
  const address = addressBytes === 4 ? ipv4Text(bytes, V2_FIXED_BYTES) : ipv6Text(bytes, V2_FIXED_BYTES);
  const portOffset = V2_FIXED_BYTES + 2 * addressBytes;
  return { sizeBytes, source: { address, port: (bytes[portOffset]! << 8) | bytes[portOffset + 1]! } };
}
