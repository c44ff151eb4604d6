import { AdminServer, Readiness, readAdminAddress } from '@mediamesh/platform';
import type { Environment, Logger, ServiceRun } from '@mediamesh/platform';
import type { Topology } from './topology.ts';

/** Liveness, readiness and metrics of this process. Errors: EnvironmentError; of the listener. */
export async function openAdmin(
  run: ServiceRun,
  topology: Topology,
  options: { readonly environment: Environment; readonly logger: Logger },
): Promise<Readiness> {
  const { environment, logger } = options;
  const readiness = new Readiness();
  readiness.add('draining', () => (run.draining ? 'the process is ending' : undefined));
  readiness.add('control plane', () => (topology.connected().control ? undefined : 'not connected to NATS'));
  readiness.add('media bus', () => (topology.connected().media ? undefined : 'not connected to NATS'));
  const address = readAdminAddress(environment, '127.0.0.1:9990');
  if (address !== undefined) {
    const server = await AdminServer.open({ address, readiness, metrics: topology.metrics, logger: logger.child('admin') });
    run.onClose('admin', () => server.close());
  }
  return readiness;
}
