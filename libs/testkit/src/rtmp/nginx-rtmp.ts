import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { PortBlock } from '../port-block.ts';
import { systemFile } from '../process/program-files.ts';
import { Program } from '../process/program.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import { waitFor } from '../wait-for.ts';

const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';
const DEADLINE_MS = 10_000;
const LIFETIME_MS = 300_000;

/** nginx with its RTMP module: somebody else's server. */
export class NginxRtmp {
  readonly program: Program;
  private readonly port: number;
  private readonly folder: TemporaryFolder;
  private readonly block: PortBlock;

  static async start(): Promise<NginxRtmp> {
    if (!existsSync(MODULE)) throw new Error('there is no RTMP module of nginx: npm test installs it');
    const block = await PortBlock.reserve();
    const nginx = new NginxRtmp(block, await block.take());
    await waitFor(() => nginx.listens(), { deadlineMs: DEADLINE_MS, what: 'nginx' });
    return nginx;
  }

  private constructor(block: PortBlock, port: number) {
    this.block = block;
    this.port = port;
    this.folder = new TemporaryFolder();
    const file = this.folder.write('nginx.conf', configuration(this.folder, port));
    const args = ['-c', file, '-p', this.folder.path, '-g', 'daemon off; master_process off;'];
    this.program = new Program({ name: 'nginx', command: systemFile('nginx'), args, lifetimeMs: LIFETIME_MS });
  }

  url(path: string): string {
    return `rtmp://127.0.0.1:${this.port}/${path}`;
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

/** Applications take any stream. */
function configuration(folder: TemporaryFolder, port: number): string {
  return `
load_module ${MODULE};
error_log ${folder.file('error.log')};
pid ${folder.file('nginx.pid')};
events {}
rtmp {
  server {
    listen 127.0.0.1:${port};
    application live { live on; wait_key on; }
  }
}
`;
}
