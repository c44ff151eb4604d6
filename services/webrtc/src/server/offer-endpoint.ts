import type { ServerResponse } from 'node:http';
import { ParseError } from '@mediamesh/bytes';
import { logAuthenticationFailure } from '@mediamesh/gateway';
import { BodyTooLargeError, clientName, readBody, sendEmpty, sendJson } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import { parseSdpSections } from '@mediamesh/webrtc';
import type { SdpSections } from '@mediamesh/webrtc';
import { RequestError, accessOf, refuse, sendError } from './access.ts';
import type { ServerSettings } from './server-settings.ts';
import { Session } from './session.ts';
import type { SessionTarget } from './session.ts';
import { serializeFragment, ufragOf } from './sdp-fragment.ts';

/** An offer of a browser has 10 KiB. Contract 6.4.1. */
export const MAX_SDP_BYTES = 128 * 1024;
/** Sessions of one server; each has an offer's worth of state, and a deadline. */
export const MAX_SESSIONS = 10_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const METHODS = 'OPTIONS, GET, POST, PATCH, DELETE';
const HEADERS = 'Authorization, Content-Type, If-Match';

/** WHIP and WHEP: offers in, sessions out, each with its URL. Source: RFC 9725, draft-ietf-wish-whep, contract 6.4.1. */
export class OfferEndpoint {
  private readonly settings: ServerSettings;
  private readonly sessions = new Map<string, Session>();

  constructor(settings: ServerSettings) {
    this.settings = settings;
  }

  async options({ path, action }: SessionTarget, request: HttpRequest, response: ServerResponse): Promise<void> {
    try {
      await this.settings.gateway.control.authorize(accessOf(request, path, action, null));
    } catch (error) {
      logAuthenticationFailure(this.settings.logger.child(`conn ${clientName(request)}`), error);
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
      if (this.sessions.size >= MAX_SESSIONS) throw new RequestError(503, `the server has ${MAX_SESSIONS} sessions`);
      const session: Session = new Session(this.settings, target, request, () => this.sessions.delete(session.secret));
      this.sessions.set(session.secret, session);
      const answer = await (target.action === 'read' ? session.read(request, offer) : session.publish(request, offer));
      this.setLinks(response);
      response.setHeader('Access-Control-Expose-Headers', 'ETag, ID, Accept-Patch, Link, Location');
      response.setHeader('ETag', '*');
      response.setHeader('ID', session.id);
      response.setHeader('Accept-Patch', FRAGMENT);
      response.setHeader('Location', locationOf(session, request.rawQuery));
      sendSdp(response, 201, SDP, answer);
    } catch (error) {
      refuse(response, error, 400);
    }
  }

  async patch(secret: string, request: HttpRequest, response: ServerResponse): Promise<void> {
    try {
      const fragment = parseFragment(secret, await readSdp(request, FRAGMENT));
      const restart = await this.find(secret).trickle(ufragOf(fragment));
      if (restart === undefined) return sendEmpty(response, 204);
      response.setHeader('ETag', `"${restart.credentials.ufrag}"`);
      sendSdp(response, 200, FRAGMENT, serializeFragment(fragment, restart));
    } catch (error) {
      refuse(response, error, 500);
    }
  }

  delete(secret: string, response: ServerResponse): void {
    try {
      this.find(secret).close('terminated');
      sendJson(response, 200, { status: 'ok' });
    } catch (error) {
      refuse(response, error, 500);
    }
  }

  closeAll(reason: string): void {
    for (const session of [...this.sessions.values()]) session.close(reason);
  }

  private find(secret: string): Session {
    if (!UUID.test(secret)) throw new RequestError(400, 'invalid secret');
    const session = this.sessions.get(secret.toLowerCase());
    if (session === undefined) throw new RequestError(404, 'session not found');
    return session;
  }

  private setLinks(response: ServerResponse): void {
    const links = this.settings.iceServers.links();
    if (links.length > 0) response.setHeader('Link', links);
  }
}

function parseFragment(secret: string, text: string): SdpSections {
  if (!UUID.test(secret)) throw new RequestError(400, 'invalid secret');
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

function locationOf({ path, action, secret }: Session, rawQuery: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `/${encoded}/${action === 'read' ? 'whep' : 'whip'}/${secret}${rawQuery === '' ? '' : `?${rawQuery}`}`;
}

export function methodNotAllowed(response: ServerResponse): void {
  sendError(response, 405, 'method not allowed');
}
