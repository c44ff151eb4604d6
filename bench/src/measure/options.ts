import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly workload: string;
  readonly seconds: number;
  readonly runs: number;
  /** Command that starts a server; `{config}` in it becomes the configuration file. Undefined: ours. */
  readonly server: string | undefined;
  /** The configuration holds MediaMTX's keys only. */
  readonly plain: boolean;
  readonly gopCache: string;
  readonly nats: boolean;
  readonly port: number;
  readonly udpPort: number;
  readonly packetBytes: number;
  readonly settleSeconds: number;
  /** Workloads with a number of clients: another one. */
  readonly clients: number | undefined;
  readonly transport: 'tcp' | 'udp';
  readonly showLog: boolean;
}

export const USAGE = `Usage: bench <workload> [options]

  --seconds N       Length of the measured window (10; soak: 600).
  --runs N          Repetitions, each with a new server; the median run is the one that counts (1).
  --settle N        Seconds between the last handshake and the window (3).
  --clients N       Another number of readers, publishers, pairs, joins or paths than the workload's.
  --transport T     tcp or udp, for latency and join (tcp).
  --packet N        Bytes of the publishers' RTP packets (1200).
  --gop-cache MODE  off, burst or catchUp, as in the configuration (catchUp, as shipped).
  --nats            One process a service with a NATS server between them.
  --server COMMAND  Another server; {config} in it stands for the configuration file.
  --plain           The configuration holds MediaMTX's keys only (for --server mediamtx).
  --port N          First of fifteen ports of the server and NATS (10550).
  --udp-port N      First port of readers over UDP, two each (11000).
  --show-log        Prints what the server prints.
`;

/** Errors: TypeError of an unknown option. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      runs: { type: 'string', default: '1' },
      settle: { type: 'string', default: '3' },
      clients: { type: 'string' },
      transport: { type: 'string', default: 'tcp' },
      packet: { type: 'string', default: '1200' },
      'gop-cache': { type: 'string', default: 'catchUp' },
      nats: { type: 'boolean', default: false },
      server: { type: 'string' },
      plain: { type: 'boolean', default: false },
      port: { type: 'string', default: '10550' },
      'udp-port': { type: 'string', default: '11000' },
      'show-log': { type: 'boolean', default: false },
    },
  });
  const workload = positionals[0] ?? '';
  if (values.transport !== 'tcp' && values.transport !== 'udp') throw new TypeError('--transport is tcp or udp');
  return {
    workload,
    seconds: Number(values.seconds ?? (workload === 'soak' ? 600 : 10)),
    runs: Number(values.runs),
    server: values.server,
    plain: values.plain,
    gopCache: values['gop-cache'],
    nats: values.nats,
    port: Number(values.port),
    udpPort: Number(values['udp-port']),
    packetBytes: Number(values.packet),
    settleSeconds: Number(values.settle),
    clients: values.clients === undefined ? undefined : Number(values.clients),
    transport: values.transport,
    showLog: values['show-log'],
  };
}
