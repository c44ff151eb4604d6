import { existsSync } from 'node:fs';
import { Nginx } from '../process/nginx.ts';
import type { Program } from '../process/program.ts';

const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

/** nginx with its RTMP module: applications take any stream. */
export class NginxRtmp {
  private readonly nginx: Nginx;

  static async start(): Promise<NginxRtmp> {
    if (!existsSync(MODULE)) throw new Error('there is no RTMP module of nginx: npm test installs it');
    const server = (port: number): string => `server { listen 127.0.0.1:${port}; application live { live on; wait_key on; } }`;
    return new NginxRtmp(await Nginx.start((port) => `rtmp { ${server(port)} }`, [MODULE]));
  }

  private constructor(nginx: Nginx) {
    this.nginx = nginx;
  }

  get program(): Program {
    return this.nginx.program;
  }

  url(path: string): string {
    return `rtmp://127.0.0.1:${this.nginx.port}/${path}`;
  }

  close(): Promise<void> {
    return this.nginx.close();
  }
}
