import type { MediaBus } from '@mediamesh/bus';
import { ControlClient, InstanceIdentity, Logger, NodeCrypto, ServiceMetrics } from '@mediamesh/platform';
import { Inject } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown, Type } from '@nestjs/common';
import { GATEWAY_PROTOCOL, GatewayController } from './gateway-controller.ts';
import type { GatewayProtocol } from './gateway-controller.ts';
import type { LogSettings } from './followed-config.ts';
import { Gateway } from './gateway.ts';
import { SLATES, Slates } from './slate/slates.ts';

/** Until the configuration is there; MediaMTX's defaults. */
const SEGMENT_DURATIONS = { segmentDurationMs: 1_000, partDurationMs: 200, segmentCount: 7 };

export interface GatewayModuleOptions {
  readonly bus: MediaBus;
  /** Of this process: overrides what control says. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For a process of its own. */
  readonly configureLog?: (settings: LogSettings) => void;
}

/** What a protocol's service is made of. */
export interface GatewayServiceParts {
  readonly gateway: Gateway;
  readonly client: ControlClient;
  readonly logger: Logger;
  readonly crypto: NodeCrypto;
  readonly environment: GatewayModuleOptions['environment'];
  readonly configureLog: GatewayModuleOptions['configureLog'];
}

/** A protocol's service, from its start to its stop. */
export interface GatewayService extends GatewayProtocol {
  /** Waits until control is there. Errors: ListenError, CertificateError; ConfigError of what this instance overrides; the signal's reason. */
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Ends its clients before the application closes. */
class GatewayLifecycle implements OnApplicationShutdown {
  constructor(
    @Inject(GATEWAY_PROTOCOL) private readonly service: GatewayService,
    @Inject(Slates) private readonly slates: Slates,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.slates.close('terminated'), this.service.stop()]);
  }
}

/** The Nest module of a protocol: its gateway, its controllers, and its service under GATEWAY_PROTOCOL. */
export function gatewayModule(
  protocol: {
    readonly module: Type;
    readonly controllers?: readonly Type[];
    service(parts: GatewayServiceParts): GatewayService;
  },
  { bus, environment, configureLog }: GatewayModuleOptions,
): DynamicModule {
  return {
    module: protocol.module,
    controllers: [GatewayController, ...(protocol.controllers ?? [])],
    providers: [
      {
        provide: Gateway,
        inject: [InstanceIdentity, ControlClient, Logger, ServiceMetrics],
        useFactory: (identity: InstanceIdentity, client: ControlClient, logger: Logger, metrics: ServiceMetrics) => {
          const gateway = new Gateway({
            service: identity.service,
            instance: identity.id,
            client,
            bus,
            segmentDurations: SEGMENT_DURATIONS,
            log: (level, path, message) => logger.child(`path ${path}`)[level](message),
          });
          metrics.add(() => gateway.outbound.figures.families(gateway.service));
          return gateway;
        },
      },
      {
        provide: GATEWAY_PROTOCOL,
        inject: [Gateway, ControlClient, Logger, NodeCrypto],
        useFactory: (gateway: Gateway, client: ControlClient, logger: Logger, crypto: NodeCrypto) =>
          protocol.service({ gateway, client, logger, crypto, environment, configureLog }),
      },
      SLATES,
      GatewayLifecycle,
    ],
    exports: [GATEWAY_PROTOCOL],
  };
}
