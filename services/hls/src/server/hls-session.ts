import { randomUUID } from 'node:crypto';
import type { Gateway, GatewaySession, HeldReader, SessionRow } from '@mediamesh/gateway';
import { rfc3339 } from '@mediamesh/http';
import type { Logger } from '@mediamesh/platform';
import type { PathMuxer } from './path-muxer.ts';
import type { FoundSession } from './session-finder.ts';

export interface SessionFacts {
  readonly id: string;
  readonly path: string;
  readonly remoteAddr: string;
  readonly ip: string;
  readonly query: string;
  readonly user: string;
  readonly userAgent: string;
  readonly isCdn: boolean;
  /** Of one that another gateway opened. That one holds the reader for control; here it is only served. */
  readonly opened?: { readonly secret: string; readonly createdMs: number };
}

/** A client of a muxer, from its index on, as long as it asks for something. */
export class HlsSession implements GatewaySession, HeldReader {
  readonly kind = 'hlsSession';
  readonly type = 'hlsSession';
  readonly secret: string;
  readonly createdMs: number;
  lastRequestMs = Date.now();
  outboundBytes = 0;
  private readonly facts: SessionFacts;
  readonly muxer: PathMuxer;
  private readonly gateway: Gateway;
  private readonly logger: Logger;
  private closed = false;

  constructor(facts: SessionFacts, muxer: PathMuxer, { gateway, logger }: { readonly gateway: Gateway; readonly logger: Logger }) {
    this.facts = facts;
    this.muxer = muxer;
    this.gateway = gateway;
    this.logger = logger;
    this.secret = facts.opened?.secret ?? randomUUID();
    this.createdMs = facts.opened?.createdMs ?? Date.now();
    if (facts.opened === undefined) gateway.held.addReader(this);
    gateway.sessions.add(this);
    muxer.add(this);
    logger.info(`is reading from muxer '${facts.path}'${facts.opened === undefined ? '' : ', opened at another gateway'}`);
  }

  get id(): string {
    return this.facts.id;
  }

  get sessionId(): string {
    return this.facts.id;
  }

  get path(): string {
    return this.facts.path;
  }

  get epoch(): number {
    return this.muxer.epoch;
  }

  get ip(): string {
    return this.facts.ip;
  }

  get isCdn(): boolean {
    return this.facts.isCdn;
  }

  /** It has asked for something. */
  touch(): void {
    this.lastRequestMs = Date.now();
    this.muxer.lastRequestMs = this.lastRequestMs;
  }

  count(bytes: number): void {
    this.outboundBytes += bytes;
    this.muxer.count(bytes);
  }

  /** What another gateway needs to serve it. */
  shared(): FoundSession {
    const { id, remoteAddr, query, user, userAgent } = this.facts;
    return { id, createdMs: this.createdMs, remoteAddr, query, user, userAgent };
  }

  row(): SessionRow {
    const { id, remoteAddr, path, query, user, userAgent, isCdn } = this.facts;
    const { outboundBytes } = this;
    return { id, created: rfc3339(this.createdMs), remoteAddr, path, query, user, userAgent, isCDN: isCdn, outboundBytes };
  }

  kick(): void {
    this.close('kicked');
  }

  supersede(reason: string): void {
    this.close(reason);
  }

  close(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.muxer.remove(this);
    this.gateway.sessions.remove(this.id);
    if (this.facts.opened === undefined) {
      this.gateway.held.remove(this.id);
      void this.gateway.control.leave(this.path, this.id, reason);
    }
    this.logger.info(`closed: ${reason}`);
  }
}
