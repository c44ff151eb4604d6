import type { ServerResponse } from 'node:http';
import { authenticationFailed } from '@mediamesh/gateway';
import type { ControlPlane } from '@mediamesh/gateway';
import { clientName } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import type { Logger } from '@mediamesh/platform';
import { webAsset } from '../web-assets.ts';
import { accessOf, refuse } from './access.ts';
import type { SessionTarget } from './session.ts';

const MAX_AGE_S = 3_600;
const PUBLISH = '/publish';

/** The pages that play a path and publish to it, and the classes that they do it with. Contract 6.4.1, 6.4.5. */
export class Pages {
  private readonly control: ControlPlane;
  private readonly logger: Logger;
  private readonly readPage = webAsset('read.html');
  private readonly publishPage = webAsset('publish.html');
  private readonly scripts = { reader: webAsset('reader.js'), publisher: webAsset('publisher.js') };

  constructor(control: ControlPlane, logger: Logger) {
    this.control = control;
    this.logger = logger;
  }

  /** False: the URL is none of a page. */
  async handle(request: HttpRequest, response: ServerResponse): Promise<boolean> {
    const { path, method } = request;
    if (method !== 'GET' || path === '/' || path === '/favicon.ico') return false;
    if (path.endsWith('/reader.js')) sendScript(response, this.scripts.reader);
    else if (path.endsWith('/publisher.js')) sendScript(response, this.scripts.publisher);
    else if (path.endsWith(PUBLISH) && path.length > PUBLISH.length)
      await this.sendPage({ path: path.substring(1, path.length - PUBLISH.length), action: 'publish' }, request, response);
    else if (path.endsWith('/')) await this.sendPage({ path: path.substring(1, path.length - 1), action: 'read' }, request, response);
    else redirect(request, response);
    return true;
  }

  private async sendPage({ path, action }: SessionTarget, request: HttpRequest, response: ServerResponse): Promise<void> {
    try {
      await this.control.authorize(accessOf(request, path, action, null));
    } catch (error) {
      await authenticationFailed(this.logger.child(`conn ${clientName(request)}`), error);
      return refuse(response, error, 500);
    }
    // A page that is kept cannot connect again when its frame is made anew (Firefox).
    response.setHeader('Cache-Control', 'no-cache');
    send(response, 'text/html', action === 'read' ? this.readPage : this.publishPage);
  }
}

function sendScript(response: ServerResponse, script: Uint8Array): void {
  response.setHeader('Cache-Control', `max-age=${MAX_AGE_S}`);
  send(response, 'application/javascript', script);
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
