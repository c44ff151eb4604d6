import type { EpochState } from '@mediamesh/media';
import { ReadingFigures } from './reading-figures.ts';

/** Bytes that this instance has sent of each path's stream: they begin anew with each stream, and outlive its readers. */
export class OutboundCounters {
  readonly figures = new ReadingFigures();
  private readonly byPath = new Map<string, OutboundCounter>();

  /** The counter of a path's stream. An epoch that continues the stream keeps it, also when epochs in between were not read here. */
  of(path: string, { epoch, continues }: Pick<EpochState, 'epoch' | 'continues'>): OutboundCounter {
    let counter = this.byPath.get(path);
    if (counter === undefined || (epoch > counter.epoch && (continues === undefined || continues < counter.epoch))) {
      this.byPath.set(path, (counter = new OutboundCounter(epoch)));
    }
    counter.epoch = Math.max(counter.epoch, epoch);
    return counter;
  }

  get(path: string): OutboundCounter | undefined {
    return this.byPath.get(path);
  }

  paths(): IterableIterator<string> {
    return this.byPath.keys();
  }

  /** The stream is over. */
  forget(path: string, epoch: number): void {
    const counter = this.byPath.get(path);
    if (counter !== undefined && counter.epoch <= epoch) this.byPath.delete(path);
  }
}

export class OutboundCounter {
  bytes = 0;
  /** The latest that was read. */
  epoch: number;

  constructor(epoch: number) {
    this.epoch = epoch;
  }
}
