import { TemporaryFolder } from '../temporary-folder.ts';
import { Program } from '../process/program.ts';
import { systemFile } from '../process/program-files.ts';

const DEADLINE_MS = 20_000;
const LIFETIME_MS = 300_000;

export interface CoturnOptions {
  /** Where it listens, and relays. */
  readonly address: string;
  readonly port: number;
  readonly tlsPort?: number;
  /** Whom it lets in: a user, or whoever has credentials made with a shared secret. */
  readonly users: { readonly user: string; readonly password: string } | { readonly secret: string };
  readonly certificate?: { readonly keyFile: string; readonly certificateFile: string };
  /** Of ports that it relays at. */
  readonly relayPorts: readonly [first: number, last: number];
}

/** Debian's STUN and TURN server. */
export class Coturn {
  readonly program: Program;
  private readonly folder = new TemporaryFolder();

  static async start(options: CoturnOptions): Promise<Coturn> {
    const coturn = new Coturn(options);
    try {
      await coturn.program.stdout.waitForLine(/Total relay threads|UDP listener opened|IO method/, { deadlineMs: DEADLINE_MS });
      return coturn;
    } catch (error) {
      await coturn.close();
      throw error;
    }
  }

  private constructor({ address, port, tlsPort, users, certificate, relayPorts }: CoturnOptions) {
    const [first, last] = relayPorts;
    const configuration = [
      `listening-ip=${address}`,
      `relay-ip=${address}`,
      `listening-port=${port}`,
      `min-port=${first}`,
      `max-port=${last}`,
      'realm=mediamesh.test',
      'fingerprint',
      'no-cli',
      'no-dtls',
      'no-rfc5780',
      'allow-loopback-peers',
      'log-file=stdout',
      'simple-log',
      'verbose',
      `userdb=${this.folder.file('turndb')}`,
      `pidfile=${this.folder.file('turnserver.pid')}`,
      ...('secret' in users
        ? ['use-auth-secret', `static-auth-secret=${users.secret}`]
        : ['lt-cred-mech', `user=${users.user}:${users.password}`]),
      ...(certificate === undefined
        ? ['no-tls']
        : [`tls-listening-port=${tlsPort}`, `cert=${certificate.certificateFile}`, `pkey=${certificate.keyFile}`]),
    ];
    this.program = new Program({
      name: 'turnserver',
      command: systemFile('turnserver'),
      args: ['-c', this.folder.write('turnserver.conf', `${configuration.join('\n')}\n`)],
      cwd: this.folder.path,
      lifetimeMs: LIFETIME_MS,
    });
  }

  async close(): Promise<void> {
    await this.program.close();
    this.folder.close();
  }
}
