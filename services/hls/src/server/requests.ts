import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ControlError } from '@mediamesh/contracts';
import type { AccessRequest } from '@mediamesh/contracts';
import { authenticationFailed } from '@mediamesh/gateway';
import type { Gateway } from '@mediamesh/gateway';
import { isOutOfReach, isThere, parseReloadTarget } from '@mediamesh/hls';
import { NOT_FOUND_TEXT, clientName, credentialsOf, sendEmpty, sendPageFile, sendText } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import type { Logger } from '@mediamesh/platform';
import type { FromStream } from '../from-stream.ts';
import { sendError, sendFile, sendNotAuthenticated, sendPlaylist, sendRedirect, sendRefusal } from './answers.ts';
import { HlsSession } from './hls-session.ts';
import type { Muxers } from './muxers.ts';
import type { PathMuxer } from './path-muxer.ts';
import { playerPage } from './player-page.ts';
import { locationOf, requestTarget } from './request-target.ts';
import { SessionAdoption } from './session-adoption.ts';
import type { SessionFinder } from './session-finder.ts';
import { carriedQuery, cookieOf, withParameter, withoutParameter } from './url-query.ts';

const COOKIE_ATTRIBUTES = 'HttpOnly; Secure; SameSite=None; Partitioned';
const SESSION_COOKIE = 'hlsSession';
const SESSION_PARAMETER = 'session';
/** What control takes; a longer one is cut, no reason to refuse its client. */
const MAX_USER_AGENT_CHARS = 1_024;

export interface RequestsOptions {
  readonly gateway: Gateway;
  readonly muxers: Muxers;
  readonly finder: SessionFinder;
  readonly logger: Logger;
  /** Key `hlsCDNSecret`. */
  readonly cdnSecret: string;
  readonly alwaysRemux: boolean;
}

/** Answers requests: who may have what, and when it is there. Source: contract 6.3. */
export class Requests {
  private readonly options: RequestsOptions;
  private readonly adoption: SessionAdoption;

  constructor(options: RequestsOptions) {
    this.options = options;
    this.adoption = new SessionAdoption(options);
  }

  async handle(request: HttpRequest, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET') return sendText(response, 404, NOT_FOUND_TEXT);
    const target = requestTarget(request.path, request.rawQuery);
    switch (target.kind) {
      case 'nothing':
        return sendText(response, 404, NOT_FOUND_TEXT);
      case 'script':
        return sendPageFile(response, (await playerPage()).script, request.headers['accept-encoding']);
      case 'redirect':
        return sendRedirect(response, target.location);
      case 'page':
        return this.page(request, response, target.path);
      case 'index':
        return this.index(request, response, target.path);
      case 'media':
      case 'file':
        return this.resource(request, response, target);
    }
  }

  private async page(request: HttpRequest, response: ServerResponse, path: string): Promise<void> {
    try {
      await this.options.gateway.control.authorize(this.access(request, path, { id: null, query: request.rawQuery }));
    } catch (error) {
      await authenticationFailed(this.options.logger.child(`conn ${clientName(request)}`), error);
      return sendRefusal(response, error);
    }
    sendPageFile(response, (await playerPage()).html, request.headers['accept-encoding']);
  }

  private async index(request: HttpRequest, response: ServerResponse, path: string): Promise<void> {
    const isCdn = this.isCdn(request);
    if (isCdn) {
      const session = this.options.muxers.get(path)?.cdnSession;
      if (session !== undefined) return this.serve(request, response, { name: 'index.m3u8', session, query: request.rawQuery });
    } else if (request.query['cookieCheck'] !== '1') {
      response.setHeader('Set-Cookie', `cookieCheck=1; ${COOKIE_ATTRIBUTES}`);
      return sendRedirect(response, locationOf(request.path, withParameter(request.rawQuery, 'cookieCheck', '1')));
    }
    let query = isCdn ? request.rawQuery : withoutParameter(request.rawQuery, 'cookieCheck');
    const gone = goneOf(response);
    let session: HlsSession;
    try {
      session = await this.open(request, { path, query, isCdn, gone });
    } catch (error) {
      return sendRefusal(response, error);
    }
    if (!isCdn) {
      if (cookieOf(request.headers.cookie, 'cookieCheck') === '1') {
        response.setHeader('Set-Cookie', `${SESSION_COOKIE}=${session.secret}; ${COOKIE_ATTRIBUTES}`);
      } else {
        query = withParameter(query, SESSION_PARAMETER, session.secret);
      }
    }
    return this.serve(request, response, { name: 'index.m3u8', session, query });
  }

  private async resource(
    request: HttpRequest,
    response: ServerResponse,
    { path, name }: { readonly path: string; readonly name: string },
  ): Promise<void> {
    let session: HlsSession | undefined;
    try {
      session = await this.sessionOf(request, response, path);
    } catch (error) {
      // Without a stream there is no session.
      if (!(error instanceof ControlError) || error.code !== 'NO_STREAM') return sendRefusal(response, error);
    }
    if (session === undefined) return sendNotAuthenticated(response);
    return this.serve(request, response, { name, session, query: request.rawQuery });
  }

  /** Here, or at another gateway. Errors: ControlError, HlsMuxerError. */
  private async sessionOf(request: HttpRequest, response: ServerResponse, path: string): Promise<HlsSession | undefined> {
    const muxer = this.options.muxers.get(path);
    if (this.isCdn(request)) {
      return muxer?.cdnSession ?? this.open(request, { path, query: request.rawQuery, isCdn: true, gone: goneOf(response) });
    }
    const secret = cookieOf(request.headers.cookie, SESSION_COOKIE) ?? request.query[SESSION_PARAMETER];
    return muxer?.session(secret, request.clientIp) ?? this.adoption.adopt(secret, path, request.clientIp);
  }

  /** Registers the reader, waits for sources on demand, and for the muxer. Errors: ControlError, HlsMuxerError. */
  private async open(
    request: HttpRequest,
    client: { readonly path: string; readonly query: string; readonly isCdn: boolean; readonly gone: AbortSignal },
  ): Promise<HlsSession> {
    const { gateway, muxers } = this.options;
    const { path, query, isCdn, gone } = client;
    const id = gateway.newId();
    const logger = this.options.logger.child(`session ${id.substring(0, 8)}`);
    const remoteAddr = clientName(request);
    logger.info(`created by ${remoteAddr}${isCdn ? ' (CDN)' : ''}`);
    const access = this.access(request, path, { id, query });
    const { user, settings } = await gateway.control
      .read({ ...access, authorized: isCdn }, { type: 'hlsSession', id }, gone)
      .catch(async (error: unknown) => {
        await authenticationFailed(logger, error);
        throw error;
      });
    try {
      const comesByItself = this.options.alwaysRemux && !settings.sourceOnDemand;
      if (comesByItself && muxers.get(path) === undefined) throw new Error('muxer is waiting to be created');
      const muxer = muxers.open(path, remoteAddr, query);
      await muxer.ready();
      const facts = { id, path, remoteAddr, ip: request.clientIp, query, user, userAgent: access.userAgent, isCdn };
      return new HlsSession(facts, muxer, { gateway, logger });
    } catch (error) {
      void gateway.control.leave(path, id, 'reading failed');
      throw error;
    }
  }

  private async serve(
    request: HttpRequest,
    response: ServerResponse,
    { name, session, query }: { readonly name: string; readonly session: HlsSession; readonly query: string },
  ): Promise<void> {
    session.touch();
    const { muxer } = session;
    const { stream } = muxer;
    if (stream === undefined) return sendError(response, 500, 'muxer instance not available');
    const playlist = stream.streamOf(name);
    if (name === 'index.m3u8') {
      const text = await muxer.wait(() => (stream.muxer.hasContent ? stream.multivariant() : undefined), response);
      if (text === undefined) return sendEmpty(response, 500);
      return sendPlaylist(response, text.withQuery(query), 'public, max-age=30', session);
    }
    if (playlist !== undefined) return this.mediaPlaylist(request, response, { session, stream, playlist });
    const file = stream.file(name) ?? (stream.muxer.isAnnounced(name) ? await this.announced(response, muxer, name) : undefined);
    if (file === undefined) return sendText(response, 404, NOT_FOUND_TEXT);
    sendFile(response, file, session);
  }

  private async mediaPlaylist(
    request: HttpRequest,
    response: ServerResponse,
    { session, stream, playlist }: { readonly session: HlsSession; readonly stream: FromStream; readonly playlist: number },
  ): Promise<void> {
    const { muxer } = stream;
    const lowLatency = muxer.variant === 'lowLatency';
    const target = lowLatency ? parseReloadTarget(request.query['_HLS_msn'], request.query['_HLS_part']) : undefined;
    if (target === 'malformed') return sendEmpty(response, 400);
    const skip = request.query['_HLS_skip'];
    const delta = lowLatency && (skip === 'YES' || skip === 'v2');
    const found = await session.muxer.wait(() => {
      if (target !== undefined && isOutOfReach(muxer, target)) return 'out of reach';
      if (!muxer.hasContent || (target !== undefined && !isThere(muxer, target))) return undefined;
      return stream.media(playlist, delta);
    }, response);
    if (found === undefined) return sendEmpty(response, 500);
    if (found === 'out of reach') return sendEmpty(response, 400);
    const query = muxer.variant === 'mpegts' ? request.rawQuery : carriedQuery(request.rawQuery);
    sendPlaylist(response, found.withQuery(query), maxAgeOf(stream), session);
  }

  /** A part that a preload hint has named: it is answered when it is there. */
  private announced(response: ServerResponse, muxer: PathMuxer, name: string): Promise<ReturnType<FromStream['file']>> {
    return muxer
      .wait(() => {
        const { stream } = muxer;
        const file = stream?.file(name);
        return file ?? (stream?.muxer.isAnnounced(name) === true ? undefined : NOTHING);
      }, response)
      .then((found) => (found === NOTHING ? undefined : found));
  }

  private isCdn({ headers: { authorization } }: HttpRequest): boolean {
    const { cdnSecret } = this.options;
    return cdnSecret !== '' && authorization !== undefined && isSame(authorization, `Bearer ${cdnSecret}`);
  }

  private access(request: HttpRequest, path: string, { id, query }: { readonly id: string | null; readonly query: string }): AccessRequest {
    return {
      action: 'read',
      path,
      query,
      protocol: 'hls',
      id,
      ip: request.clientIp,
      userAgent: (request.headers['user-agent'] ?? '').substring(0, MAX_USER_AGENT_CHARS),
      credentials: credentialsOf(request.headers.authorization),
      canAsk: true,
      digest: false,
      authorized: false,
    };
  }
}

/** A hint that does not hold any more: the open segment was lost. */
const NOTHING = { name: '', contentType: '', chunks: [], sizeBytes: 0 };

/** Classic playlists are out of date when the next segment is there. */
function maxAgeOf({ muxer }: FromStream): string {
  const last = muxer.segments.at(-1);
  if (muxer.variant === 'lowLatency' || last === undefined) return 'no-cache';
  return `public, max-age=${Math.floor(last.durationS)}`;
}

/** Aborts when the client is gone. */
function goneOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  else response.once('close', () => gone.abort());
  return gone.signal;
}

/** In a time that says nothing of where they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
