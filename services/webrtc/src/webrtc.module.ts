import type { MediaBus } from '@mediamesh/bus';
import { GATEWAY_PROTOCOL, Gateway, GatewayController } from '@mediamesh/gateway';
import { ControlClient, InstanceIdentity, Logger, NodeCrypto } from '@mediamesh/platform';
import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { WebRtcService } from './webrtc-service.ts';

export interface WebRtcModuleOptions {
  readonly bus: MediaBus;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Until the configuration is there; MediaMTX's defaults. */
const SEGMENT_DURATIONS = { segmentDurationMs: 1_000, partDurationMs: 200, segmentCount: 7 };

/** Ends its clients before the application closes. */
class WebRtcLifecycle implements OnApplicationShutdown {
  constructor(@Inject(GATEWAY_PROTOCOL) private readonly service: WebRtcService) {}

  async onApplicationShutdown(): Promise<void> {
    await this.service.stop();
  }
}

@Module({})
export class WebRtcModule {
  static register({ bus, environment }: WebRtcModuleOptions): DynamicModule {
    return {
      module: WebRtcModule,
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
          useFactory: (gateway: Gateway, logger: Logger, crypto: NodeCrypto) => new WebRtcService({ gateway, logger, crypto, environment }),
        },
        WebRtcLifecycle,
      ],
      exports: [GATEWAY_PROTOCOL],
    };
  }
}
