import { connect } from 'node:net';
import { PortBlock } from '../port-block.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import { waitFor } from '../wait-for.ts';
import { systemFile } from './program-files.ts';
import { Program } from './program.ts';

const DEADLINE_MS = 10_000;
const LIFETIME_MS = 300_000;

/** nginx on a port of its own: somebody else's server. */
export class Nginx {
  readonly program: Program;
  readonly port: number;
  private readonly folder: TemporaryFolder;
  private readonly block: PortBlock;

  /** `blocks`: what its configuration has beside the usual, for this port. */
  static async start(blocks: (port: number) => string, modules: readonly string[] = []): Promise<Nginx> {
    const block = await PortBlock.reserve();
    const nginx = new Nginx(block, await block.take(), { blocks, modules });
    await waitFor(() => nginx.listens(), { deadlineMs: DEADLINE_MS, what: 'nginx' });
    return nginx;
  }

  private constructor(
    block: PortBlock,
    port: number,
    { blocks, modules }: { readonly blocks: (port: number) => string; readonly modules: readonly string[] },
  ) {
    this.block = block;
    this.port = port;
    this.folder = new TemporaryFolder();
    const { folder } = this;
    const configuration = [
      ...modules.map((module) => `load_module ${module};`),
      `error_log ${folder.file('error.log')};`,
      `pid ${folder.file('nginx.pid')};`,
      'events {}',
      blocks(port),
    ].join('\n');
    const args = ['-c', folder.write('nginx.conf', configuration), '-p', folder.path, '-g', 'daemon off; master_process off;'];
    this.program = new Program({ name: 'nginx', command: systemFile('nginx'), args, lifetimeMs: LIFETIME_MS });
  }

  async close(): Promise<void> {
    await this.program.close();
    this.folder.close();
    await this.block.close();
  }

  private listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      const settle = (open: boolean): void => {
        socket.destroy();
        resolve(open);
      };
      socket.on('connect', () => settle(true));
      socket.on('error', () => settle(false));
    });
  }
}
