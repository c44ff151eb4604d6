import { forwardStart, forwardStop, forwardsList } from '@mediamesh/contracts';
import type { ForwardOrder } from '@mediamesh/contracts';
import type { ControlPlane } from '@mediamesh/gateway';
import { HandleRequest } from '@mediamesh/platform';
import { Controller, Inject } from '@nestjs/common';
import type { z } from 'zod';

export const TEST_FORWARDER = Symbol('TestForwarder');

/** A gateway that pushes nothing, and remembers what it was told. */
export interface TestForwarder {
  readonly instance: string;
  readonly running: Map<string, ForwardOrder>;
  readonly plane: ControlPlane;
}

@Controller()
export class TestForwarderController {
  constructor(@Inject(TEST_FORWARDER) private readonly forwarder: TestForwarder) {}

  @HandleRequest(forwardStart)
  start(order: z.output<typeof forwardStart.request>): z.input<typeof forwardStart.reply> {
    this.forwarder.running.set(order.forwardId, order);
    return { instance: this.forwarder.instance };
  }

  @HandleRequest(forwardStop)
  stop({ forwardId }: z.output<typeof forwardStop.request>): z.input<typeof forwardStop.reply> {
    this.forwarder.running.delete(forwardId);
    return {};
  }

  @HandleRequest(forwardsList)
  list(): z.input<typeof forwardsList.reply> {
    const status = { state: 'forwarding' as const, lastError: '', outboundBytes: 0 };
    const forwards = [...this.forwarder.running.values()].map(({ forwardId, path, dest }) => ({ forwardId, path, dest, ...status }));
    return { instance: this.forwarder.instance, forwards };
  }
}
