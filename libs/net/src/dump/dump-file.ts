import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import type { Log } from '../log.ts';
import { serializeCaptureHeader } from './pcapng.ts';

/** What waits for the disk; further packets are left out. */
export const MAX_WAITING_DUMP_BYTES = 16 * 1024 * 1024;

/** Where what passes a socket is written: `<prefix>_<nanoseconds>_<uuid>.pcapng` in the working directory. */
export interface DumpTarget {
  readonly prefix: string;
  readonly log: Log;
}

/** `isWanted`: the key `dumpPackets`. */
export function dumpTarget(isWanted: boolean, prefix: string, log: Log): DumpTarget | undefined {
  return isWanted ? { prefix, log } : undefined;
}

/** One capture file. Errors: a disk that does not take it ends the dump, which the log says, and nothing else. */
export class DumpFile {
  private readonly stream: WriteStream;
  private readonly log: Log;
  private leftOut = 0;

  constructor({ prefix, log }: DumpTarget) {
    this.log = log;
    this.stream = createWriteStream(`${prefix}_${timeUs()}000_${randomUUID()}.pcapng`);
    this.stream.on('error', (error) => log('error', `packets are not dumped: ${error.message}`));
    this.stream.write(serializeCaptureHeader());
  }

  write(block: Uint8Array): void {
    if (!this.stream.writable) return;
    if (this.stream.writableLength + block.length > MAX_WAITING_DUMP_BYTES) this.leftOut++;
    else this.stream.write(block);
  }

  close(): void {
    if (this.leftOut > 0) this.log('warn', `${this.leftOut} packets were left out of ${String(this.stream.path)}: the disk is too slow`);
    this.stream.end();
  }
}

/** Since 1970. */
export function timeUs(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1000);
}
