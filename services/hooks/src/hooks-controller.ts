import { ControlError, hookStart, hookStop, hooksList } from '@mediamesh/contracts';
import { GATEWAY_PROTOCOL, Gateway } from '@mediamesh/gateway';
import { HandleRequest } from '@mediamesh/platform';
import { Controller, Inject } from '@nestjs/common';
import type { z } from 'zod';
import { HooksService } from './hooks-service.ts';

/** Control's orders. */
@Controller()
export class HooksController {
  constructor(
    @Inject(Gateway) private readonly gateway: Gateway,
    @Inject(GATEWAY_PROTOCOL) private readonly hooks: HooksService,
  ) {}

  @HandleRequest(hookStart)
  start(order: z.output<typeof hookStart.request>): z.input<typeof hookStart.reply> {
    if (this.gateway.isDraining) throw new ControlError('UNAVAILABLE', `${this.gateway.instance} is about to end`);
    this.hooks.runner.start(order);
    return { instance: this.gateway.instance };
  }

  @HandleRequest(hookStop)
  stop({ hookId, reason }: z.output<typeof hookStop.request>): z.input<typeof hookStop.reply> {
    this.hooks.runner.stop(hookId, reason);
    return {};
  }

  @HandleRequest(hooksList)
  list(): z.input<typeof hooksList.reply> {
    return { instance: this.gateway.instance, orders: [...this.hooks.runner.orders] };
  }
}
