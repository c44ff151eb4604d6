import { randomUUID } from 'node:crypto';
import { gatewayAnnounce, sourceStopped } from '@mediamesh/contracts';
import type { PathCounters, SessionKind, sessionsList } from '@mediamesh/contracts';
import type { MediaBus } from '@mediamesh/bus';
import type { SegmentDurations } from '@mediamesh/media';
import type { ControlClient } from '@mediamesh/platform';
import type { z } from 'zod';
import { ControlPlane } from './control-plane.ts';
import { Held } from './held.ts';
import { OutboundCounters } from './path-counters.ts';
import { Sessions } from './sessions.ts';
import type { PublishingGateway } from './stream-publisher.ts';

const ANNOUNCE_INTERVAL_MS = 1_000;
/** Sessions in a page of `sessions.list` and of a snapshot: a page stays far below a message's limit of 1 MiB. */
const PAGE_SIZE = 500;

export interface GatewayOptions {
  readonly service: string;
  readonly instance: string;
  readonly client: ControlClient;
  readonly bus: MediaBus;
  readonly segmentDurations: SegmentDurations;
  log(level: 'info' | 'warn' | 'debug', path: string, message: string): void;
}

/** The part of a gateway that control talks to: what it holds, what it shows, and its sign of life. */
export class Gateway implements PublishingGateway {
  readonly service: string;
  readonly instance: string;
  readonly control: ControlPlane;
  readonly bus: MediaBus;
  readonly held = new Held();
  readonly sessions = new Sessions();
  readonly outbound = new OutboundCounters();
  segmentDurations: SegmentDurations;
  configRevision = 0;
  private readonly client: ControlClient;
  private readonly options: GatewayOptions;
  private announcing: NodeJS.Timeout | undefined;
  private draining = false;

  constructor(options: GatewayOptions) {
    this.options = options;
    this.service = options.service;
    this.instance = options.instance;
    this.client = options.client;
    this.bus = options.bus;
    this.segmentDurations = options.segmentDurations;
    this.control = new ControlPlane(options.client, options.instance);
  }

  start(): void {
    this.announce();
    this.announcing = setInterval(() => this.announce(), ANNOUNCE_INTERVAL_MS);
  }

  get isDraining(): boolean {
    return this.draining;
  }

  /** Nothing new is to come here; what is here goes on. */
  drain(): void {
    this.draining = true;
    this.announce();
  }

  stop(): void {
    clearInterval(this.announcing);
  }

  log(level: 'info' | 'warn' | 'debug', path: string, message: string): void {
    this.options.log(level, path, message);
  }

  newId(): string {
    return randomUUID();
  }

  sourceStopped(sourceId: string, path: string, error: string): void {
    this.client.emit(sourceStopped, { instance: this.instance, sourceId, path, error });
  }

  /** A page of what the Control API and the metrics show. Counters are read now. */
  list({ kinds, paths, page }: z.output<typeof sessionsList.request>): z.input<typeof sessionsList.reply> {
    const wanted = new Set<SessionKind>(kinds);
    const sessions = this.sessions.list(wanted, page * PAGE_SIZE, PAGE_SIZE + 1);
    const counters = paths ? this.pathCounters() : [];
    const from = page * PAGE_SIZE;
    return {
      instance: this.instance,
      more: sessions.length > PAGE_SIZE || counters.length > from + PAGE_SIZE,
      sessions: sessions.filter((_, index) => index < PAGE_SIZE).map((session) => ({ kind: session.kind, row: session.row() })),
      paths: counters.filter((_, index) => index >= from && index < from + PAGE_SIZE),
    };
  }

  /** Tells a leader everything that is held here. What it refuses is closed. */
  async tellAll(): Promise<void> {
    const publishers = [...this.held.publishers.values()].map((publisher) => ({
      path: publisher.path,
      epoch: publisher.epoch,
      sessionId: publisher.sessionId,
      sourceType: publisher.sourceType,
      query: publisher.query,
      ready: publisher.ready,
      tracks: [...publisher.tracks()],
    }));
    const readers = [...this.held.readers.values()].map(({ path, epoch, sessionId, type }) => ({ path, epoch, sessionId, type }));
    const pages = Math.max(1, Math.ceil(publishers.length / PAGE_SIZE), Math.ceil(readers.length / PAGE_SIZE));
    for (let page = 0; page < pages; page++) {
      const onPage = (_: unknown, index: number): boolean => Math.floor(index / PAGE_SIZE) === page;
      const { refused } = await this.control.snapshot({
        service: this.service,
        page,
        last: page === pages - 1,
        publishers: publishers.filter(onPage),
        readers: readers.filter(onPage),
      });
      for (const sessionId of refused) this.held.supersede(sessionId, 'the path has another publisher');
    }
  }

  private pathCounters(): readonly PathCounters[] {
    const rows = new Map<string, PathCounters>();
    for (const publisher of this.held.publishers.values()) {
      if (!publisher.ready) continue;
      rows.set(publisher.path, {
        name: publisher.path,
        epoch: publisher.epoch,
        inboundBytes: publisher.inboundBytes,
        outboundBytes: 0,
        inboundFramesInError: publisher.framesInError,
        tracks: [...publisher.tracks()],
      });
    }
    for (const [path, { bytes, epoch }] of this.outbound.entries()) {
      const row = rows.get(path) ?? { name: path, epoch, inboundBytes: 0, outboundBytes: 0, inboundFramesInError: 0 };
      rows.set(path, { ...row, outboundBytes: bytes });
    }
    return [...rows.values()];
  }

  private announce(): void {
    this.client.emit(gatewayAnnounce, {
      instance: this.instance,
      service: this.service,
      term: this.control.term,
      configRevision: this.configRevision,
      sessionsRevision: this.held.revision,
      publishers: this.held.publishers.size,
      readers: this.held.readers.size,
      draining: this.draining,
    });
  }
}
