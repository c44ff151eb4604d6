import { ParseError, base64FromBytes, bytesFromBase64 } from '@mediamesh/bytes';
import { parseKeyValues } from './key-values.ts';

/** Source: RFC 4567 4.1. */
export interface KeyMgmtHeader {
  readonly uri: string;
  /** A MIKEY message. */
  readonly data: Uint8Array;
}

/** Errors: ParseError when it is not MIKEY, or a parameter is missing. */
export function parseKeyMgmt(value: string): KeyMgmtHeader {
  const pairs = parseKeyValues(value, ';');
  const uri = pairs.get('uri');
  const data = pairs.get('data');
  if (pairs.get('prot') !== 'mikey' || uri === undefined || data === undefined)
    throw new ParseError('KeyMgmt', 0, 'is not MIKEY with uri and data');
  return { uri, data: bytesFromBase64(data) };
}

export function serializeKeyMgmt(header: KeyMgmtHeader): string {
  return `prot=mikey;uri="${header.uri.replaceAll('"', '%22')}";data="${base64FromBytes(header.data)}"`;
}
