import { LineLog } from '../process/line-log.ts';
import { systemFile } from '../process/program-files.ts';
import type { ProductSetup } from './product-setup.ts';
import { ServiceProcess } from './service-process.ts';

/** What nats-server tells of its streams. */
interface JetStreamReport {
  readonly meta_cluster?: { readonly leader?: string };
  readonly account_details?: readonly {
    readonly stream_detail?: readonly { readonly name: string; readonly cluster?: { readonly leader?: string } }[];
  }[];
}

/** Real nats-servers with JetStream: one, or a cluster of three. */
export class NatsServers {
  readonly servers: readonly ServiceProcess[];
  /** For MEDIAMESH_NATS_URL. */
  readonly url: string;
  readonly ports: readonly number[];

  private readonly monitors: readonly number[];

  private constructor(servers: readonly ServiceProcess[], ports: readonly number[], monitors: readonly number[]) {
    this.servers = servers;
    this.ports = ports;
    this.monitors = monitors;
    this.url = ports.map((port) => `nats://127.0.0.1:${port}`).join(',');
  }

  static async start(setup: ProductSetup, count: 1 | 3 = 1): Promise<NatsServers> {
    const ports: number[] = [];
    const routes: number[] = [];
    const monitors: number[] = [];
    for (let index = 0; index < count; index++) {
      ports.push(await setup.takePort());
      routes.push(await setup.takePort());
      monitors.push(await setup.takePort());
    }
    const servers = ports.map((port, index) => natsServer(setup, { index, port, routes, monitor: monitors[index]! }));
    const all = new NatsServers(servers, ports, monitors);
    try {
      await Promise.all(servers.map((server) => server.start()));
      return all;
    } catch (error) {
      await all.close();
      throw error;
    }
  }

  /** Which server holds the stream whose name matches; undefined while none does. */
  async hostOf(stream: RegExp): Promise<ServiceProcess | undefined> {
    for (const [index, { account_details: accounts = [] }] of await this.reports()) {
      const streams = accounts.flatMap(({ stream_detail: details = [] }) => details);
      if (streams.some(({ name, cluster }) => stream.test(name) && (cluster?.leader ?? `n${index}`) === `n${index}`)) {
        return this.servers[index];
      }
    }
    return undefined;
  }

  /** Which server leads JetStream's meta group: without it nothing can be created. Undefined while there is none. */
  async metaLeader(): Promise<ServiceProcess | undefined> {
    const leaders = (await this.reports()).map(([, report]) => report.meta_cluster?.leader ?? '');
    // All that live agree.
    return leaders.every((leader) => leader === leaders[0]) ? this.servers.find((_, index) => leaders[0] === `n${index}`) : undefined;
  }

  /** Names of all streams, of all servers. */
  async streamNames(): Promise<readonly string[]> {
    const accounts = (await this.reports()).flatMap(([, report]) => report.account_details ?? []);
    return [...new Set(accounts.flatMap(({ stream_detail: details = [] }) => details.map(({ name }) => name)))];
  }

  /** Of the servers that run, by index. */
  private async reports(): Promise<readonly (readonly [number, JetStreamReport])[]> {
    const running = [...this.monitors.entries()].filter(([index]) => this.servers[index]!.program.isRunning);
    return Promise.all(
      running.map(async ([index, port]) => {
        const response = await fetch(`http://127.0.0.1:${port}/jsz?streams=1`);
        return [index, (await response.json()) as JetStreamReport] as const;
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }
}

function natsServer(
  setup: ProductSetup,
  {
    index,
    port,
    routes,
    monitor,
  }: { readonly index: number; readonly port: number; readonly routes: readonly number[]; readonly monitor: number },
): ServiceProcess {
  const single = routes.length === 1;
  const lines = [
    `listen: "127.0.0.1:${port}"`,
    `server_name: n${index}`,
    // The bus places streams by it.
    `server_tags: ["server:n${index}"]`,
    `http: "127.0.0.1:${monitor}"`,
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
    ready: [/Server is ready/],
  });
}
