import { Nginx } from '../process/nginx.ts';
import type { Certificate } from '../product/certificate.ts';

/** nginx that serves the files of a folder; `/moved/x` redirects to `/x`. */
export class NginxFiles {
  private readonly nginx: Nginx;
  private readonly secure: boolean;

  static async start(folder: string, certificate?: Certificate): Promise<NginxFiles> {
    const tls = certificate && `ssl_certificate ${certificate.certificateFile}; ssl_certificate_key ${certificate.keyFile};`;
    const nginx = await Nginx.start(
      (port) => `
http {
  access_log off;
  types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; video/mp4 mp4 m4s; }
  server {
    listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'};
    ${tls ?? ''}
    root ${folder};
    location /moved/ { rewrite ^/moved/(.*)$ /$1 redirect; }
  }
}
`,
    );
    return new NginxFiles(nginx, certificate !== undefined);
  }

  private constructor(nginx: Nginx, secure: boolean) {
    this.nginx = nginx;
    this.secure = secure;
  }

  url(file: string): string {
    return `${this.secure ? 'https' : 'http'}://127.0.0.1:${this.nginx.port}/${file}`;
  }

  close(): Promise<void> {
    return this.nginx.close();
  }
}
