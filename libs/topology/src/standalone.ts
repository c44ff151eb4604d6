import { MemoryBus } from '@mediamesh/bus';
import { InProcessWire, InstanceIdentity, ServiceMetrics, createPlatform } from '@mediamesh/platform';
import type { Environment, Logger, ServiceRun } from '@mediamesh/platform';
import type { Topology } from './topology.ts';

/** All services in this process: memory instead of a broker. */
export function openStandalone(run: ServiceRun, environment: Environment, logger: Logger): Topology {
  const wire = new InProcessWire();
  const bus = new MemoryBus();
  run.onClose('bus', () => bus.close());
  const metrics = new ServiceMetrics();
  return {
    bus,
    metrics,
    connected: () => ({ control: true, media: true }),
    platformOf: (service) => createPlatform({ identity: InstanceIdentity.read(service, environment), wire, logger, metrics }),
  };
}
