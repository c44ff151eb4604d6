import { ParseError } from '@mediamesh/bytes';
import type { SessionDescription } from '@mediamesh/sdp';
import { parseSession } from '../header/session.ts';
import type { RtspRequest } from '../message/message.ts';
import { RtspStatus } from '../message/status.ts';
import type { RtspUrl } from '../message/url.ts';
import { parseAnnouncement } from './announcement.ts';
import type { AnnounceRequest, DescribeRequest, Refusal, RtspServerOptions, SessionRequest, SetupRequest } from './handler.ts';
import { prepareSetup } from './prepare-setup.ts';
import { aggregateTarget, presentedCredentials, requestUrl, type RequestContext, type Target } from './request-context.ts';
import type { RtspServerSession, SessionState } from './session.ts';

/** What a request turns into: something the connection answers by itself, or something its owner is asked (`asked`). */
export type ReadRequest =
  | { readonly asked: false; readonly kind: 'options' | 'getParameter' | 'teardown' }
  | { readonly asked: false; readonly kind: 'status'; readonly status: number }
  | ({ readonly asked: false } & Refusal)
  | { readonly asked: true; readonly kind: 'describe'; readonly context: DescribeRequest }
  | { readonly asked: true; readonly kind: 'announce'; readonly context: AnnounceRequest; readonly target: Target }
  | { readonly asked: true; readonly kind: 'setup'; readonly context: SetupRequest; readonly target: Target }
  | { readonly asked: true; readonly kind: 'play'; readonly context: SessionRequest }
  | { readonly asked: true; readonly kind: 'record'; readonly context: SessionRequest }
  | { readonly asked: true; readonly kind: 'pause'; readonly context: SessionRequest };

const NOT_IMPLEMENTED: ReadRequest = { asked: false, kind: 'status', status: RtspStatus.notImplemented };
const STATES: Readonly<Record<'PLAY' | 'RECORD' | 'PAUSE', readonly SessionState[]>> = {
  PLAY: ['prePlay', 'play'],
  RECORD: ['preRecord'],
  PAUSE: ['prePlay', 'play', 'preRecord', 'record'],
};

/**
 * The rules that a request meets before anybody is asked: CSeq, session, state, URL.
 *
 * Shape: `session` is the connection's, or a fresh one that it takes when the request asks for one; `owned` says which. Nothing is changed.
 */
export function readRequest(request: RtspRequest, session: RtspServerSession, owned: boolean, options: RtspServerOptions): ReadRequest {
  if (request.headers.single('CSeq') === undefined) return refuse('CSeq is missing or repeated');
  if (request.method !== 'OPTIONS' && request.url === '*') return refuse('the request has no URL');
  const named = request.headers.all('Session');
  if (request.method !== 'DESCRIBE' && named.length > 0 && !(owned && namesSession(named, session))) {
    return { asked: false, kind: 'refused', status: RtspStatus.sessionNotFound, reason: 'session not found' };
  }
  switch (request.method) {
    case 'OPTIONS':
      return { asked: false, kind: 'options' };
    case 'GET_PARAMETER':
      return owned ? { asked: false, kind: 'getParameter' } : NOT_IMPLEMENTED;
    case 'TEARDOWN':
      return owned ? { asked: false, kind: 'teardown' } : NOT_IMPLEMENTED;
    case 'PLAY':
    case 'RECORD':
    case 'PAUSE':
      return owned ? withUrl(request, (url) => readSessionRequest(request, url, session, options)) : NOT_IMPLEMENTED;
    case 'DESCRIBE':
      return withUrl(request, (url) => readDescribe(request, url, options));
    case 'ANNOUNCE':
      return withUrl(request, (url) => readAnnounce(request, url, session, options));
    case 'SETUP':
      return withUrl(request, (url) => readSetup(request, url, session, options));
    default:
      return NOT_IMPLEMENTED;
  }
}

function namesSession(values: readonly string[], session: RtspServerSession): boolean {
  try {
    return values.every((value) => parseSession(value).id === session.secret);
  } catch {
    return false;
  }
}

function withUrl(request: RtspRequest, read: (url: RtspUrl) => ReadRequest): ReadRequest {
  try {
    return read(requestUrl(request));
  } catch (error) {
    if (error instanceof ParseError) return refuse(error.message);
    throw error;
  }
}

function contextOf(request: RtspRequest, url: RtspUrl, target: Target, options: RtspServerOptions): RequestContext {
  return {
    request,
    url,
    path: target.path.substring(1),
    query: target.query,
    credentials: presentedCredentials(request, target.query, options.authMethods),
    userAgent: request.headers.get('User-Agent') ?? '',
  };
}

function readDescribe(request: RtspRequest, url: RtspUrl, options: RtspServerOptions): ReadRequest {
  const target = aggregateTarget(url, false);
  if (!target.path.startsWith('/')) return refuse('invalid path');
  const multicastRequested = target.query.split('&').some((pair) => pair.split('=')[0] === 'vlcmulticast');
  return { asked: true, kind: 'describe', context: { ...contextOf(request, url, target, options), multicastRequested } };
}

function readAnnounce(request: RtspRequest, url: RtspUrl, session: RtspServerSession, options: RtspServerOptions): ReadRequest {
  if (session.state !== 'initial') return wrongState(session, ['initial']);
  const type = request.headers.single('Content-Type');
  if (type?.split(';')[0]!.trim().toLowerCase() !== 'application/sdp') return refuse('the Content-Type is not application/sdp');
  const target = aggregateTarget(url, true);
  if (!target.path.startsWith('/')) return refuse('invalid path');
  const description: SessionDescription = parseAnnouncement(request.body);
  return { asked: true, kind: 'announce', context: { ...contextOf(request, url, target, options), session, description }, target };
}

function readSetup(request: RtspRequest, url: RtspUrl, session: RtspServerSession, options: RtspServerOptions): ReadRequest {
  const states: readonly SessionState[] = ['initial', 'prePlay', 'preRecord'];
  if (!states.includes(session.state)) return wrongState(session, states);
  const prepared = prepareSetup(request, url, session, options);
  if (prepared.kind === 'refused') return { asked: false, ...prepared };
  if (prepared.kind === 'unsupportedTransport') return { asked: false, kind: 'status', status: RtspStatus.unsupportedTransport };
  if (prepared.kind === 'wrongUrl') return { asked: false, kind: 'status', status: RtspStatus.badRequest };
  const { target, mediaIndex, transport, clientKeys } = prepared;
  const context: SetupRequest = {
    ...contextOf(request, url, target, options),
    session,
    mediaIndex,
    transport,
    first: session.state === 'initial',
    ...(clientKeys !== undefined && { clientKeys }),
  };
  return { asked: true, kind: 'setup', context, target };
}

function readSessionRequest(request: RtspRequest, url: RtspUrl, session: RtspServerSession, options: RtspServerOptions): ReadRequest {
  const method = request.method as 'PLAY' | 'RECORD' | 'PAUSE';
  if (!STATES[method].includes(session.state)) return wrongState(session, STATES[method]);
  const target = aggregateTarget(url, false);
  if (method !== 'PAUSE' && !session.streaming && target.path !== session.target.path) {
    return refuse(`the path has changed, was ${JSON.stringify(session.target.path)}`);
  }
  if (method === 'RECORD' && session.medias.length !== session.announced!.media.length)
    return refuse('not all announced medias are set up');
  const context: SessionRequest = { ...contextOf(request, url, target, options), session };
  return { asked: true, kind: method === 'PLAY' ? 'play' : method === 'RECORD' ? 'record' : 'pause', context };
}

function wrongState(session: RtspServerSession, allowed: readonly SessionState[]): ReadRequest {
  return refuse(`must be in state ${allowed.join(' or ')}, while it is in state ${session.state}`);
}

function refuse(reason: string): ReadRequest {
  return { asked: false, kind: 'refused', status: RtspStatus.badRequest, reason };
}
