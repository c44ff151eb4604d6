import type { MediaBus } from '@mediamesh/bus';
import { GATEWAY_PROTOCOL, Gateway, GatewayController } from '@mediamesh/gateway';
import { ControlClient, InstanceIdentity, Logger } from '@mediamesh/platform';
import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { HlsController } from './hls-controller.ts';
import { HlsService } from './hls-service.ts';

export interface HlsModuleOptions {
  readonly bus: MediaBus;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Until the configuration is there; MediaMTX's defaults. */
const SEGMENT_DURATIONS = { segmentDurationMs: 1_000, partDurationMs: 200, segmentCount: 7 };

/** Listens once its handlers answer; ends its clients before the application closes. */
class HlsLifecycle implements OnApplicationShutdown {
  constructor(@Inject(GATEWAY_PROTOCOL) private readonly service: HlsService) {}

  async onApplicationShutdown(): Promise<void> {
    await this.service.stop();
  }
}

@Module({})
export class HlsModule {
  static register({ bus, environment }: HlsModuleOptions): DynamicModule {
    return {
      module: HlsModule,
      controllers: [GatewayController, HlsController],
      providers: [
        {
          provide: Gateway,
          inject: [InstanceIdentity, ControlClient, Logger],
          useFactory: (identity: InstanceIdentity, client: ControlClient, logger: Logger) =>
            new Gateway({
              service: identity.service,
              instance: identity.id,
              client,
              bus,
              segmentDurations: SEGMENT_DURATIONS,
              log: (level, path, message) => logger.child(`path ${path}`)[level](message),
            }),
        },
        {
          provide: GATEWAY_PROTOCOL,
          inject: [Gateway, ControlClient, Logger],
          useFactory: (gateway: Gateway, client: ControlClient, logger: Logger) => new HlsService({ gateway, client, logger, environment }),
        },
        HlsLifecycle,
      ],
      exports: [GATEWAY_PROTOCOL],
    };
  }
}
