/** Bytes that this instance has sent of each path's stream; they begin anew with each stream, and outlive its readers. */
export class OutboundCounters {
  private readonly byPath = new Map<string, OutboundCounter>();

  /** The counter of a path's current stream. A take-over that continues the stream keeps it. */
  of(path: string, epoch: number): OutboundCounter {
    let counter = this.byPath.get(path);
    if (counter === undefined) this.byPath.set(path, (counter = new OutboundCounter(epoch)));
    return counter;
  }

  entries(): IterableIterator<[string, OutboundCounter]> {
    return this.byPath.entries();
  }

  /** The stream is over. */
  forget(path: string): void {
    this.byPath.delete(path);
  }
}

export class OutboundCounter {
  bytes = 0;
  readonly epoch: number;

  constructor(epoch: number) {
    this.epoch = epoch;
  }
}
