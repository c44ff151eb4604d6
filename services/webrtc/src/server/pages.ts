import type { ServerResponse } from 'node:http';
import type { ControlPlane } from '@mediamesh/gateway';
import type { HttpRequest } from '@mediamesh/http';
import { webAsset } from '../web-assets.ts';
import { accessOf, refuse } from './access.ts';

const MAX_AGE_S = 3_600;

/** The page that plays a path, and the class that it plays with. Contract 6.4.1, 6.4.5. */
export class Pages {
  private readonly control: ControlPlane;
  private readonly page = webAsset('read.html');
  private readonly reader = webAsset('reader.js');

  constructor(control: ControlPlane) {
    this.control = control;
  }

  /** False: the URL is none of a page. */
  async handle(request: HttpRequest, response: ServerResponse): Promise<boolean> {
    const { path, method } = request;
    if (method !== 'GET' || path === '/' || path === '/favicon.ico') return false;
    if (path.endsWith('/reader.js')) {
      response.setHeader('Cache-Control', `max-age=${MAX_AGE_S}`);
      send(response, 'application/javascript', this.reader);
    } else if (path.endsWith('/')) await this.sendPage(path.substring(1, path.length - 1), request, response);
    else if (path.endsWith('/publisher.js') || path.endsWith('/publish')) return false;
    else redirect(request, response);
    return true;
  }

  private async sendPage(path: string, request: HttpRequest, response: ServerResponse): Promise<void> {
    try {
      await this.control.authorize(accessOf(request, path, 'read', null));
    } catch (error) {
      return refuse(response, error, 500);
    }
    // A page that is kept cannot connect again when its frame is made anew (Firefox).
    response.setHeader('Cache-Control', 'no-cache');
    send(response, 'text/html', this.page);
  }
}

/** To the same host only, whatever the path begins with. */
function redirect({ url, rawQuery }: HttpRequest, response: ServerResponse): void {
  const [target = ''] = (url ?? '').split('?');
  const path = target.replace(/^[/\\]+/, '');
  response.statusCode = 302;
  response.setHeader('Location', `/${path}/${rawQuery === '' ? '' : `?${rawQuery}`}`);
  response.end();
}

function send(response: ServerResponse, contentType: string, body: Uint8Array): void {
  response.statusCode = 200;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', body.length);
  response.end(body);
}
