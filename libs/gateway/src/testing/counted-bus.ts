import { MemoryBus } from '@mediamesh/bus';
import type { BusSink, BusStart, Subscription } from '@mediamesh/bus';

/** The memory bus, whose open subscriptions are counted: none may be left behind. */
export class CountedBus extends MemoryBus {
  openSubscriptions = 0;
  /** Subscribing waits for it: brokers take their time. */
  gate: Promise<void> = Promise.resolve();

  override async subscribe(path: string, epoch: number, start: BusStart, sink: BusSink): Promise<Subscription> {
    await this.gate;
    const subscription = await super.subscribe(path, epoch, start, sink);
    this.openSubscriptions++;
    let open = true;
    return {
      waitingMessages: 0,
      close: async () => {
        if (open) this.openSubscriptions--;
        open = false;
        await subscription.close();
      },
    };
  }
}
