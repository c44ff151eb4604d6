import type { MediaBus } from '@mediamesh/bus';
import { GATEWAY_PROTOCOL, Gateway, GatewayController } from '@mediamesh/gateway';
import { ControlClient, InstanceIdentity, Logger, NodeCrypto } from '@mediamesh/platform';
import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { RtspService } from './rtsp-service.ts';

export interface RtspModuleOptions {
  readonly bus: MediaBus;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Until the configuration is there; MediaMTX's defaults. */
const SEGMENT_DURATIONS = { segmentDurationMs: 1_000, partDurationMs: 200, segmentCount: 7 };

/** Listens once its handlers answer; ends its clients before the application closes. */
class RtspLifecycle implements OnApplicationShutdown {
  constructor(@Inject(GATEWAY_PROTOCOL) private readonly service: RtspService) {}

  async onApplicationShutdown(): Promise<void> {
    await this.service.stop();
  }
}

@Module({})
export class RtspModule {
  static register({ bus, environment }: RtspModuleOptions): DynamicModule {
    return {
      module: RtspModule,
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
          useFactory: (gateway: Gateway, logger: Logger, crypto: NodeCrypto) => new RtspService({ gateway, logger, crypto, environment }),
        },
        RtspLifecycle,
      ],
      exports: [GATEWAY_PROTOCOL],
    };
  }
}
