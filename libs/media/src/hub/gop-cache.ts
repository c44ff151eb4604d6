import type { BusUnit } from '../epoch.ts';

/** A path's cache: 10 s at 25 Mbit/s. Beyond that there is no instant start until the next key unit. */
export const MAX_GOP_CACHE_BYTES = 32 * 1024 * 1024;

/** Bytes that a unit costs beside its payload; without it, empty units would be free. */
const UNIT_OVERHEAD_BYTES = 128;

/** The units of all tracks since the last key unit of the leading one. */
export class GopCache {
  private cached: BusUnit[] = [];
  private sizeBytes = 0;
  private open = false;
  private readonly maxBytes: number;

  constructor(maxBytes: number = MAX_GOP_CACHE_BYTES) {
    this.maxBytes = maxBytes;
  }

  /** Empty when nothing can start here. */
  get units(): readonly BusUnit[] {
    return this.cached;
  }

  push(unit: BusUnit, leads: boolean): void {
    if (leads && unit.key) {
      this.cached = []; // a new list: the old one may be in the hands of a reader
      this.sizeBytes = 0;
      this.open = true;
    } else if (!this.open) return;
    let size = UNIT_OVERHEAD_BYTES;
    const payload = unit.payload;
    for (let i = 0; i < payload.length; i++) size += payload[i]!.length;
    this.sizeBytes += size;
    if (this.sizeBytes > this.maxBytes) this.clear();
    else this.cached.push(unit);
  }

  /** Until the next key unit. */
  clear(): void {
    this.cached = [];
    this.sizeBytes = 0;
    this.open = false;
  }
}
