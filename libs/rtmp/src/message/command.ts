import { EMPTY_BYTES, ParseError } from '@mediamesh/bytes';
import { parseAmf0, serializeAmf0 } from '@mediamesh/flv';
import type { Amf0Value } from '@mediamesh/flv';
import { MESSAGE_TYPE } from './message.ts';

/** A command with its URLs and credentials is a few kilobytes at most. */
export const MAX_COMMAND_BYTES = 64 * 1024;

/** A call of the peer, or the answer to one. */
export interface RtmpCommand {
  readonly name: string;
  /** Pairs a call with its answer; 0 where none is wanted. */
  readonly transactionId: number;
  /** The command object, which is null in most commands, and what follows it. */
  readonly values: readonly Amf0Value[];
}

/** Messages of AMF3 begin with a byte 0 when their values are AMF0, which all clients do. */
function amf0Body(typeId: number, body: Uint8Array): Uint8Array {
  const isAmf3 = typeId === MESSAGE_TYPE.commandAmf3 || typeId === MESSAGE_TYPE.dataAmf3;
  if (!isAmf3) return body;
  if (body.length > 0 && body[0] !== 0) throw new ParseError('command', 0, 'is of AMF3');
  return body.length > 0 ? body.subarray(1) : EMPTY_BYTES;
}

/** Errors: ParseError when malformed, beyond MAX_COMMAND_BYTES, or without name and transaction id. Source: RTMP 7.2. */
export function parseCommand(typeId: number, body: Uint8Array): RtmpCommand {
  if (body.length > MAX_COMMAND_BYTES) throw new ParseError('command', 0, `has ${body.length} bytes`);
  const [name, transactionId, ...values] = parseAmf0(amf0Body(typeId, body));
  if (typeof name !== 'string' || typeof transactionId !== 'number') throw new ParseError('command', 0, 'has no name and number');
  return { name, transactionId, values };
}

export function serializeCommand({ name, transactionId, values }: RtmpCommand): Uint8Array {
  return serializeAmf0([name, transactionId, ...values]);
}

/** Values of a data message, of which the first is its name. Errors: as `parseCommand`. */
export function parseData(typeId: number, body: Uint8Array): readonly Amf0Value[] {
  if (body.length > MAX_COMMAND_BYTES) throw new ParseError('data message', 0, `has ${body.length} bytes`);
  return parseAmf0(amf0Body(typeId, body));
}
