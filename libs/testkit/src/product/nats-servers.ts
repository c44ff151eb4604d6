import { LineLog } from '../process/line-log.ts';
import { systemFile } from '../process/program-files.ts';
import type { ProductSetup } from './product-setup.ts';
import { ServiceProcess } from './service-process.ts';

/** Real nats-servers with JetStream: one, or a cluster of three. */
export class NatsServers {
  readonly servers: readonly ServiceProcess[];
  /** For MEDIAMESH_NATS_URL. */
  readonly url: string;
  readonly ports: readonly number[];

  private constructor(servers: readonly ServiceProcess[], ports: readonly number[]) {
    this.servers = servers;
    this.ports = ports;
    this.url = ports.map((port) => `nats://127.0.0.1:${port}`).join(',');
  }

  static async start(setup: ProductSetup, count: 1 | 3 = 1): Promise<NatsServers> {
    const ports: number[] = [];
    const routes: number[] = [];
    for (let index = 0; index < count; index++) {
      ports.push(await setup.takePort());
      routes.push(await setup.takePort());
    }
    const servers = ports.map((port, index) => natsServer(setup, { index, port, routes }));
    const all = new NatsServers(servers, ports);
    try {
      await Promise.all(servers.map((server) => server.start()));
      return all;
    } catch (error) {
      await all.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }
}

function natsServer(
  setup: ProductSetup,
  { index, port, routes }: { readonly index: number; readonly port: number; readonly routes: readonly number[] },
): ServiceProcess {
  const single = routes.length === 1;
  const lines = [
    `listen: "127.0.0.1:${port}"`,
    `server_name: n${index}`,
    `jetstream { store_dir: ${JSON.stringify(setup.folder.file(`nats-${index}`))} }`,
  ];
  if (!single) {
    const others = routes.map((route) => `"nats-route://127.0.0.1:${route}"`).join(', ');
    lines.push(`cluster { name: media, listen: "127.0.0.1:${routes[index]!}", routes: [${others}] }`);
  }
  const file = setup.folder.write(`nats-${index}.conf`, `${lines.join('\n')}\n`);
  return new ServiceProcess({
    name: `nats-${index}`,
    command: systemFile('nats-server'),
    args: ['-c', file],
    cwd: setup.folder.path,
    env: {},
    // Not among the product's lines.
    log: new LineLog(),
    // A cluster's JetStream answers only after an election; the services wait for that themselves.
    ready: /Server is ready/,
  });
}
