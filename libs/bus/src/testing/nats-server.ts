import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NatsServerOptions {
  readonly port?: number;
  /** Lines for its configuration. */
  readonly config?: string;
  readonly maxMemory?: string;
}

/** A nats-server with JetStream on loopback, that keeps its port and store over `kill` and `start`. */
export class NatsServer {
  readonly port: number;
  readonly #directory: string;
  readonly #configFile: string;
  #process: ChildProcess | undefined;
  #log = '';

  private constructor(port: number, directory: string, configFile: string) {
    this.port = port;
    this.#directory = directory;
    this.#configFile = configFile;
  }

  /** Resolves when it takes connections. */
  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const port = options.port ?? (await freePort());
    const directory = await mkdtemp(join(tmpdir(), 'mediamesh-nats-'));
    const configFile = join(directory, 'server.conf');
    const jetstream = `jetstream { store_dir: "${join(directory, 'store')}", max_memory_store: ${options.maxMemory ?? '1GB'} }`;
    await writeFile(configFile, `host: 127.0.0.1\nport: ${port}\n${jetstream}\n${options.config ?? ''}\n`);
    const server = new NatsServer(port, directory, configFile);
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn('nats-server', ['-c', this.#configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    let failure: string | undefined;
    child.on('error', (error) => (failure = `nats-server cannot be started (is it installed?): ${error.message}`));
    child.on('exit', (code) => (failure ??= `nats-server ended with ${code}: ${this.#log}`));
    child.stderr?.on('data', (chunk: Uint8Array) => (this.#log = (this.#log + new TextDecoder().decode(chunk)).slice(-4000)));
    process.once('exit', () => child.kill('SIGKILL'));
    const deadline = performance.now() + 10_000;
    while (!(await greets(this.port))) {
      if (failure !== undefined) throw new Error(failure);
      if (performance.now() > deadline) throw new Error(`nats-server does not take connections: ${this.#log}`);
    }
  }

  /** As when its machine loses power. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  /** It lives and does not answer, until `thaw`. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server that is ready speaks first. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (ready: boolean): void => {
      socket.destroy();
      setTimeout(() => resolve(ready), ready ? 0 : 20);
    };
    socket.once('data', () => done(true));
    socket.once('error', () => done(false));
    socket.once('end', () => done(false));
  });
}
