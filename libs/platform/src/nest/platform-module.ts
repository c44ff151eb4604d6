import type { DynamicModule } from '@nestjs/common';
import { ServiceMetrics } from '../admin/service-metrics.ts';
import { ControlClient } from '../control/control-client.ts';
import { ControlServer } from '../control/control-server.ts';
import type { ControlWire } from '../control/wire.ts';
import { InstanceIdentity } from '../instance-identity.ts';
import { Logger } from '../log/logger.ts';
import { NodeCrypto } from '../node-crypto.ts';

/** What every service's modules can inject, by class: InstanceIdentity, Logger, ControlClient, ControlServer, ServiceMetrics, NodeCrypto. */
export interface Platform {
  readonly identity: InstanceIdentity;
  readonly logger: Logger;
  readonly client: ControlClient;
  readonly server: ControlServer;
  /** Of the process. */
  readonly metrics: ServiceMetrics;
}

export function createPlatform(options: {
  identity: InstanceIdentity;
  wire: ControlWire;
  logger: Logger;
  metrics?: ServiceMetrics;
}): Platform {
  const { identity, wire, logger, metrics = new ServiceMetrics() } = options;
  const server = new ControlServer({ wire, service: identity.service, instance: identity.id, logger });
  return { identity, logger, client: new ControlClient(wire), server, metrics };
}

class PlatformModule {}

/** Global, so that a service's modules need not import it. */
export function platformModule({ identity, logger, client, server, metrics }: Platform): DynamicModule {
  const tokens = [InstanceIdentity, Logger, ControlClient, ControlServer, ServiceMetrics, NodeCrypto];
  return {
    module: PlatformModule,
    global: true,
    providers: [
      { provide: InstanceIdentity, useValue: identity },
      { provide: Logger, useValue: logger },
      { provide: ControlClient, useValue: client },
      { provide: ControlServer, useValue: server },
      { provide: ServiceMetrics, useValue: metrics },
      { provide: NodeCrypto, useValue: new NodeCrypto() },
    ],
    exports: tokens,
  };
}
