import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePort, NatsServer } from './nats-server.ts';

const SIZE = 3;
const ELECTION_MS = 30_000;

/** Three nats-servers with JetStream that know each other, on loopback; resolves when they have elected a leader. */
export async function startNatsCluster(): Promise<readonly NatsServer[]> {
  const routePorts = await Promise.all(Array.from({ length: SIZE }, () => freePort()));
  const routes = routePorts.map((port) => `nats-route://127.0.0.1:${port}`).join(', ');
  const servers = await Promise.all(
    routePorts.map((port, i) =>
      NatsServer.start({
        config: `server_name: n${i}\ncluster { name: media, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
      }),
    ),
  );
  await elected(servers);
  return servers;
}

/** Without a leader, JetStream's API does not answer. */
async function elected(servers: readonly NatsServer[]): Promise<void> {
  const connection = await connect({ servers: servers.map((server) => server.url) });
  const api = await jetstreamManager(connection, { checkAPI: false, timeout: 500 });
  const deadline = performance.now() + ELECTION_MS;
  for (;;) {
    const answer = await api.streams
      .names()
      .next()
      .catch(() => undefined);
    if (answer !== undefined) break;
    if (performance.now() > deadline) throw new Error('the cluster elects no leader');
  }
  await connection.close();
}
