import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUp } from '../loopback.cases.ts';

export interface CapturedPacket {
  /** `::ffff:127.0.0.1:554`, in hexadecimal where the address is another. */
  readonly from: string;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp';
  /** Of TCP. */
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly payload: Buffer;
  readonly checksumIsRight: boolean;
  readonly timeMs: number;
}

/** What a capture file holds, in its order: packets, and lines of key logs. */
export type CapturedBlock = CapturedPacket | { readonly keyLog: string };

/** A folder for captures that is removed when the test ends. */
export class CaptureFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'mediamesh-dump-'));

  constructor() {
    cleanUp(() => rmSync(this.path, { recursive: true, force: true }));
  }

  get names(): readonly string[] {
    return readdirSync(this.path);
  }

  /** Of the only file. */
  blocks(): readonly CapturedBlock[] {
    if (this.names.length !== 1) throw new Error(`there are ${this.names.length} files`);
    return readCapture(readFileSync(join(this.path, this.names[0]!)));
  }

  packets(): readonly CapturedPacket[] {
    return this.blocks().filter((block) => 'payload' in block);
  }
}

function readCapture(file: Buffer): readonly CapturedBlock[] {
  const blocks: CapturedBlock[] = [];
  const types: number[] = [];
  for (let at = 0; at < file.length;) {
    const length = file.readUInt32LE(at + 4);
    if (length % 4 !== 0 || file.readUInt32LE(at + length - 4) !== length) throw new Error(`the block at ${at} is damaged`);
    const body = file.subarray(at + 8, at + length - 4);
    types.push(file.readUInt32LE(at));
    if (types.at(-1) === 6) blocks.push(packetOf(body));
    if (types.at(-1) === 10) blocks.push({ keyLog: body.subarray(8, 8 + body.readUInt32LE(4)).toString() });
    at += length;
  }
  if (types[0] !== 0x0a0d0d0a || types[1] !== 1) throw new Error('the file does not begin with a section and an interface');
  return blocks;
}

function packetOf(body: Buffer): CapturedPacket {
  const frame = body.subarray(20, 20 + body.readUInt32LE(12));
  const ip = frame.subarray(14);
  const segment = ip.subarray(40, 40 + ip.readUInt16BE(4));
  const protocol = ip[6] === 6 ? 'tcp' : 'udp';
  const side = (offset: number, port: number): string => `${addressOf(ip.subarray(offset, offset + 16))}:${segment.readUInt16BE(port)}`;
  return {
    from: side(8, 0),
    to: side(24, 2),
    protocol,
    flags: protocol === 'tcp' ? segment[13]! : 0,
    sequence: protocol === 'tcp' ? segment.readUInt32BE(4) : 0,
    acknowledged: protocol === 'tcp' ? segment.readUInt32BE(8) : 0,
    payload: segment.subarray(protocol === 'tcp' ? 20 : 8),
    // With the pseudo-header, everything adds up to that.
    checksumIsRight: sum(Buffer.concat([ip.subarray(8, 40), Buffer.of(0, 0, 0, ip[6]!, 0, 0), ip.subarray(4, 6), segment])) === 0xffff,
    timeMs: (body.readUInt32LE(4) * 0x1_0000_0000 + body.readUInt32LE(8)) / 1000,
  };
}

function addressOf(bytes: Buffer): string {
  const mapped = bytes.subarray(0, 12).toString('hex') === '00000000000000000000ffff';
  return mapped ? `::ffff:${bytes.subarray(12).join('.')}` : bytes.toString('hex');
}

/** One's complement sum of 16-bit words. */
function sum(bytes: Buffer): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}
