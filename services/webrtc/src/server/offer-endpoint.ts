import type { ServerResponse } from 'node:http';
import { ParseError } from '@mediamesh/bytes';
import { authenticationFailed } from '@mediamesh/gateway';
import { BodyTooLargeError, clientName, readBody, sendEmpty, sendJson } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import { parseSdpSections } from '@mediamesh/webrtc';
import type { SdpSections } from '@mediamesh/webrtc';
import { RequestError, accessOf, refuse, sendError } from './access.ts';
import type { ServerSettings } from './server-settings.ts';
import { Session } from './session.ts';
import type { SessionTarget } from './session.ts';
import { serializeFragment, trickleOf } from './sdp-fragment.ts';
import { parseSessionUrl, serializeSessionUrl } from './session-url.ts';
import type { SessionUrl } from './session-url.ts';

/** An offer of a browser has 10 KiB. Contract 6.4.1. */
export const MAX_SDP_BYTES = 128 * 1024;
const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const METHODS = 'OPTIONS, GET, POST, PATCH, DELETE';
const HEADERS = 'Authorization, Content-Type, If-Match';

/** WHIP and WHEP: offers in, sessions out, each with its URL. Source: RFC 9725, draft-ietf-wish-whep, contract 6.4.1. */
export class OfferEndpoint {
  private readonly settings: ServerSettings;

  constructor(settings: ServerSettings) {
    this.settings = settings;
  }

  async options({ path, action }: SessionTarget, request: HttpRequest, response: ServerResponse): Promise<void> {
    try {
      await this.settings.gateway.control.authorize(accessOf(request, path, action, null));
    } catch (error) {
      await authenticationFailed(this.settings.logger.child(`conn ${clientName(request)}`), error);
      return refuse(response, error, 500);
    }
    response.setHeader('Access-Control-Allow-Methods', METHODS);
    response.setHeader('Access-Control-Allow-Headers', HEADERS);
    response.setHeader('Access-Control-Expose-Headers', 'Accept-Post, Link');
    response.setHeader('Accept-Post', SDP);
    this.setLinks(response);
    sendEmpty(response, 204);
  }

  async post(target: SessionTarget, request: HttpRequest, response: ServerResponse): Promise<void> {
    try {
      const offer = await readSdp(request, SDP);
      const { sessions } = this.settings;
      sessions.assertRoom();
      const session: Session = new Session(this.settings, target, request, () => sessions.remove(session));
      sessions.add(session);
      const answer = await (target.action === 'read' ? session.read(request, offer) : session.publish(request, offer));
      this.setLinks(response);
      response.setHeader('Access-Control-Expose-Headers', 'ETag, ID, Accept-Patch, Link, Location');
      response.setHeader('ETag', '*');
      response.setHeader('ID', session.id);
      response.setHeader('Accept-Patch', FRAGMENT);
      response.setHeader('Location', this.locationOf(session, request.rawQuery));
      sendSdp(response, 201, SDP, answer);
    } catch (error) {
      refuse(response, error, 400);
    }
  }

  /** `session`: the last part of its URL. */
  async patch(session: string, request: HttpRequest, response: ServerResponse): Promise<void> {
    try {
      const text = await readSdp(request, FRAGMENT);
      const url = sessionUrlOf(session);
      const fragment = parseFragment(text);
      const restart = await this.settings.sessions.trickle(url, trickleOf(fragment));
      if (restart === undefined) return sendEmpty(response, 204);
      response.setHeader('ETag', `"${restart.credentials.ufrag}"`);
      sendSdp(response, 200, FRAGMENT, serializeFragment(fragment, restart));
    } catch (error) {
      refuse(response, error, 500);
    }
  }

  async delete(session: string, response: ServerResponse): Promise<void> {
    try {
      await this.settings.sessions.end(sessionUrlOf(session));
      sendJson(response, 200, { status: 'ok' });
    } catch (error) {
      refuse(response, error, 500);
    }
  }

  private locationOf(session: Session, rawQuery: string): string {
    const { path, action } = session;
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    const last = serializeSessionUrl(this.settings.sessions.urlOf(session));
    return `/${encoded}/${action === 'read' ? 'whep' : 'whip'}/${last}${rawQuery === '' ? '' : `?${rawQuery}`}`;
  }

  private setLinks(response: ServerResponse): void {
    const links = this.settings.iceServers.links();
    if (links.length > 0) response.setHeader('Link', links);
  }
}

function sessionUrlOf(text: string): SessionUrl {
  const url = parseSessionUrl(text);
  if (url === undefined) throw new RequestError(400, 'invalid secret');
  return url;
}

function parseFragment(text: string): SdpSections {
  try {
    return parseSdpSections(text);
  } catch (error) {
    if (error instanceof ParseError) throw new RequestError(400, error.message, { cause: error });
    throw error;
  }
}

/** Errors: RequestError 400 for another content type, 413 for a body that is too large. */
async function readSdp(request: HttpRequest, contentType: string): Promise<string> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== contentType) throw new RequestError(400, 'invalid Content-Type');
  try {
    return Buffer.from(await readBody(request, MAX_SDP_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof BodyTooLargeError) throw new RequestError(400, error.message, { cause: error });
    throw error;
  }
}

function sendSdp(response: ServerResponse, status: number, contentType: string, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

export function methodNotAllowed(response: ServerResponse): void {
  sendError(response, 405, 'method not allowed');
}
