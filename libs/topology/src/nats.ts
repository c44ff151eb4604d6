import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { BusError, JetStreamBus } from '@mediamesh/bus';
import type { JetStreamBusOptions } from '@mediamesh/bus';
import {
  EnvironmentError,
  InstanceIdentity,
  NatsWire,
  ServiceMetrics,
  connectNats,
  createPlatform,
  readNatsSettings,
} from '@mediamesh/platform';
import type { Environment, Logger, NatsSettings, ServiceRun } from '@mediamesh/platform';
import type { Topology } from './topology.ts';

const RETRY_MS = 1_000;

/** What only the NATS topology has: control's connection, for the lease of its leader. */
export interface NatsTopology extends Topology {
  readonly connection: Awaited<ReturnType<typeof connectNats>>;
  readonly settings: NatsSettings;
}

/**
 * Services in processes of their own, with a NATS server between them: a connection for control and another for media.
 * Waits until the server is there.
 * Errors: EnvironmentError when MEDIAMESH_NATS_URL is missing or malformed; the reason of the run's signal.
 */
export async function openNats(run: ServiceRun, name: string, environment: Environment, logger: Logger): Promise<NatsTopology> {
  const settings = readNatsSettings(environment);
  if (settings === undefined) {
    throw new EnvironmentError('MEDIAMESH_NATS_URL', 'is not set: say where the NATS server is, for example nats://127.0.0.1:4222');
  }
  const connection = await connectNats(settings, { name: `${name} control`, logger, signal: run.signal });
  const wire = new NatsWire(connection, settings.prefix, logger);
  run.onClose('control connection', () => wire.close());
  const bus = await connectBus(await busOptions(settings, `${name} media`), logger, run.signal);
  run.onClose('media connection', () => bus.close());
  const metrics = new ServiceMetrics();
  return {
    bus,
    metrics,
    connection,
    settings,
    connected: () => ({ control: wire.connected, media: bus.connected }),
    platformOf: (service) => createPlatform({ identity: InstanceIdentity.read(service, environment), wire, logger, metrics }),
  };
}

async function connectBus(options: JetStreamBusOptions, logger: Logger, signal: AbortSignal): Promise<JetStreamBus> {
  let lastReason = '';
  for (;;) {
    try {
      return await JetStreamBus.connect(options);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      if (error.message !== lastReason) logger.warn(`${error.message}; trying again`);
      lastReason = error.message;
    }
    await delay(RETRY_MS, undefined, { signal });
  }
}

async function busOptions({ servers, login, tls, prefix }: NatsSettings, name: string): Promise<JetStreamBusOptions> {
  const options: { -readonly [Key in keyof JetStreamBusOptions]: JetStreamBusOptions[Key] } = {
    servers,
    name,
    subjectPrefix: `${prefix}.media`,
  };
  if (login.kind === 'password') options.credentials = { user: login.user, password: login.password };
  else if (login.kind === 'token') options.credentials = { token: login.token };
  else if (login.kind === 'credentialsFile') options.credentials = { creds: await readFile(login.path, 'utf8') };
  if (tls !== undefined) {
    const { caFile, certFile, keyFile } = tls;
    options.tls = {
      ...(caFile === undefined ? {} : { caFile }),
      ...(certFile === undefined ? {} : { certFile }),
      ...(keyFile === undefined ? {} : { keyFile }),
    };
  }
  return options;
}
