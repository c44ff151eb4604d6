import { Logger } from '@mediamesh/platform';
import type { FactoryProvider } from '@nestjs/common';
import { Gateway } from '../gateway.ts';
import { Sources } from '../sources.ts';
import { SlateSource } from './slate-source.ts';

/** The slates that control has given to this instance. */
export class Slates extends Sources<true> {
  constructor(gateway: Gateway, logger: Logger) {
    super({ gateway, logger, component: 'slate', open: (order) => new SlateSource(order, gateway) });
    this.configure(true);
  }
}

/** For the Nest module of a gateway. */
export const SLATES: FactoryProvider<Slates> = {
  provide: Slates,
  inject: [Gateway, Logger],
  useFactory: (gateway: Gateway, logger: Logger) => new Slates(gateway, logger),
};
