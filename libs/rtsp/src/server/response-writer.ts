import { EMPTY_BYTES } from '@mediamesh/bytes';
import { challengeValues, type AuthMethod } from '../auth/server-auth.ts';
import { serializeSession } from '../header/session.ts';
import { RtspHeaders } from '../message/headers.ts';
import { serializeResponse, type RtspRequest } from '../message/message.ts';
import { responseText, type MessageTrace } from '../message/message-text.ts';
import { RtspStatus } from '../message/status.ts';
import type { RtspServerOptions } from './handler.ts';
import type { RtspServerSession } from './session.ts';
import { ANNOUNCED_TIMEOUT_SECONDS } from './timeouts.ts';

const SERVER = 'gortsplib';

/** Responses of one connection, with the headers that each of them carries. */
export class ResponseWriter {
  private readonly send: (bytes: Uint8Array) => void;
  private readonly authMethods: readonly AuthMethod[];
  private readonly nonce: string;
  private readonly trace: MessageTrace | undefined;

  constructor(send: (bytes: Uint8Array) => void, { authMethods, trace }: Pick<RtspServerOptions, 'authMethods' | 'trace'>, nonce: string) {
    this.send = send;
    this.authMethods = authMethods;
    this.trace = trace;
    this.nonce = nonce;
  }

  write(request: RtspRequest, status: number, headers: RtspHeaders = new RtspHeaders(), body: Uint8Array = EMPTY_BYTES): void {
    const cseq = request.headers.single('CSeq');
    if (cseq !== undefined) headers.add('CSeq', cseq);
    headers.add('Server', SERVER);
    const response = { status, headers, body };
    this.trace?.('s->c', () => responseText(response));
    this.send(serializeResponse(response));
  }

  /** 401, asking for credentials. */
  challenge(request: RtspRequest): void {
    const headers = new RtspHeaders();
    for (const value of challengeValues(this.authMethods, this.nonce)) headers.add('WWW-Authenticate', value);
    this.write(request, RtspStatus.unauthorized, headers);
  }
}

export function sessionHeaders(session: RtspServerSession): RtspHeaders {
  return new RtspHeaders().add('Session', serializeSession({ id: session.secret, timeoutSeconds: ANNOUNCED_TIMEOUT_SECONDS }));
}
