import type { MediaBus } from '@mediamesh/bus';
import { ControlClient, Logger } from '@mediamesh/platform';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ControlController } from './control/control-controller.ts';
import { ControlService } from './control/control-service.ts';
import { REAL_CLOCK } from './control/real-clock.ts';

export interface ApiModuleOptions {
  readonly bus: MediaBus;
  /** Of `ControlServiceParts`. */
  readonly discoveryMs?: number;
}

/** The control service: configuration, authentication, paths, sources. */
@Module({})
export class ApiModule {
  static register({ bus, discoveryMs = 0 }: ApiModuleOptions): DynamicModule {
    return {
      module: ApiModule,
      controllers: [ControlController],
      providers: [
        {
          provide: ControlService,
          inject: [ControlClient, Logger],
          useFactory: (client: ControlClient, logger: Logger) =>
            new ControlService({ clock: REAL_CLOCK, client, bus, logger, discoveryMs }),
        },
      ],
      exports: [ControlService],
    };
  }
}
