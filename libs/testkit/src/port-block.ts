import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';

const HOST = '127.0.0.1';
/** Below the ports that Linux gives to outgoing connections (32768), so that those never take one of ours. */
const FIRST_PORT = 12_000;
const END_PORT = 32_000;
const BLOCK_PORTS = 40;

/**
 * Ports that nobody else uses, until the block is closed.
 *
 * A block belongs to whoever listens on its first port: so processes that use the kit at the same time never share one, and a
 * port stays reserved also while the server under test is down. Ports that a stranger uses are passed over.
 */
export class PortBlock {
  private readonly guard: Server;
  private next: number;
  private readonly end: number;

  private constructor(guard: Server, first: number) {
    this.guard = guard;
    this.next = first + 1;
    this.end = first + BLOCK_PORTS;
  }

  static async reserve(): Promise<PortBlock> {
    const blocks = Math.floor((END_PORT - FIRST_PORT) / BLOCK_PORTS);
    // Processes begin at different blocks: they rarely get in each other's way, and a port that was closed just now rests.
    const start = Math.floor(Math.random() * blocks);
    for (let index = 0; index < blocks; index++) {
      const first = FIRST_PORT + ((start + index) % blocks) * BLOCK_PORTS;
      const guard = await listening(first);
      if (guard !== undefined) return new PortBlock(guard, first);
    }
    throw new Error('all blocks of test ports are taken');
  }

  /** A port that is free for TCP and UDP. */
  async take(): Promise<number> {
    return this.takeWhere(1, () => true);
  }

  /** An even port that is free together with the one after it: RTP and RTCP. */
  async takePair(): Promise<number> {
    return this.takeWhere(2, (port) => port % 2 === 0);
  }

  private async takeWhere(count: number, fits: (port: number) => boolean): Promise<number> {
    while (this.next + count <= this.end) {
      const port = this.next;
      if (!fits(port)) {
        this.next++;
        continue;
      }
      this.next += count;
      const free = await Promise.all(Array.from({ length: count }, (_, offset) => isFree(port + offset)));
      if (free.every(Boolean)) return port;
    }
    throw new Error(`a block has ${BLOCK_PORTS} ports: all are taken`);
  }

  async close(): Promise<void> {
    this.guard.close();
    await once(this.guard, 'close');
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = await listening(port);
  if (server === undefined) return false;
  server.close();
  await once(server, 'close');
  const socket = createSocket('udp4');
  try {
    socket.bind(port, HOST);
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

async function listening(port: number): Promise<Server | undefined> {
  const server = createServer().listen({ port, host: HOST, exclusive: true });
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  // Only a guard: it keeps no process alive.
  return server.unref();
}
