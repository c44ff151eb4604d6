import type { MediaBus } from '@mediamesh/bus';
import { GATEWAY_PROTOCOL, Gateway, GatewayController } from '@mediamesh/gateway';
import { ControlClient, InstanceIdentity, Logger, NodeCrypto } from '@mediamesh/platform';
import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { RtmpService } from './rtmp-service.ts';

export interface RtmpModuleOptions {
  readonly bus: MediaBus;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Until the configuration is there; MediaMTX's defaults. */
const SEGMENT_DURATIONS = { segmentDurationMs: 1_000, partDurationMs: 200, segmentCount: 7 };

/** Listens once its handlers answer; ends its clients before the application closes. */
class RtmpLifecycle implements OnApplicationShutdown {
  constructor(@Inject(GATEWAY_PROTOCOL) private readonly service: RtmpService) {}

  async onApplicationShutdown(): Promise<void> {
    await this.service.stop();
  }
}

@Module({})
export class RtmpModule {
  static register({ bus, environment }: RtmpModuleOptions): DynamicModule {
    return {
      module: RtmpModule,
      controllers: [GatewayController],
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
          inject: [Gateway, Logger, NodeCrypto],
          useFactory: (gateway: Gateway, logger: Logger, crypto: NodeCrypto) => new RtmpService({ gateway, logger, crypto, environment }),
        },
        RtmpLifecycle,
      ],
      exports: [GATEWAY_PROTOCOL],
    };
  }
}
