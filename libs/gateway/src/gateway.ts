import { randomUUID } from 'node:crypto';
import { gatewayAnnounce, keyframeRequest, sourceStopped } from '@mediamesh/contracts';
import type { PathCounters, SessionKind, gatewaySnapshot, healthList, sessionsList } from '@mediamesh/contracts';
import type { MediaBus } from '@mediamesh/bus';
import type { SegmentDurations } from '@mediamesh/media';
import type { ControlClient } from '@mediamesh/platform';
import type { z } from 'zod';
import { Connections } from './connections.ts';
import { ControlPlane } from './control-plane.ts';
import { Held } from './held.ts';
import type { HeldPublisher, HeldReader } from './held.ts';
import { KeyFrameRequests } from './key-frame-requests.ts';
import { OutboundCounters } from './path-counters.ts';
import { NotedAlerts } from './noted-alerts.ts';
import { Sessions } from './sessions.ts';
import { SilenceTimeouts } from './silence-timeouts.ts';
import type { PublishingGateway } from './stream-publisher.ts';

const ANNOUNCE_INTERVAL_MS = 1_000;
/** Entries in a page of `sessions.list` and of a snapshot: with the longest URLs and user agents it stays below a message's limit of 1 MiB. */
export const PAGE_SIZE = 100;

/** Global keys that concern every gateway: how streams are stamped and kept, and what runs for connections. */
export interface GatewayKeys {
  readonly hls: boolean;
  readonly hlsSegmentDuration: number;
  readonly hlsPartDuration: number;
  readonly hlsSegmentCount: number;
  readonly runOnConnect: string;
  readonly runOnDisconnect: string;
}

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
  readonly notedAlerts = new NotedAlerts();
  readonly silenceTimeouts = new SilenceTimeouts();
  readonly outbound = new OutboundCounters();
  readonly connections: Connections;
  /** By path, of readers here; told to all gateways, whichever has the publisher. */
  readonly keyFrames: KeyFrameRequests<string>;
  segmentDurations: SegmentDurations;
  keepsPlaylist = false;
  configRevision = 0;
  private readonly startedMs = Date.now();
  private readonly client: ControlClient;
  private readonly options: GatewayOptions;
  private announcing: NodeJS.Timeout | undefined;
  private draining = false;
  /** The leader has asked for what is held here, and has not got it yet. */
  private untold = false;
  private telling: Promise<void> = Promise.resolve();

  constructor(options: GatewayOptions) {
    this.options = options;
    this.service = options.service;
    this.instance = options.instance;
    this.client = options.client;
    this.bus = options.bus;
    this.segmentDurations = options.segmentDurations;
    this.control = new ControlPlane(options.client, options.instance);
    this.connections = new Connections(options.client, options.instance);
    this.keyFrames = new KeyFrameRequests((path) => void this.client.emit(keyframeRequest, { path }));
  }

  start(): void {
    this.announce();
    this.announcing = setInterval(() => this.announce(), ANNOUNCE_INTERVAL_MS);
  }

  get isDraining(): boolean {
    return this.draining;
  }

  /** Streams that are published from now on follow this configuration. */
  configure(revision: number, keys: GatewayKeys): void {
    const { hls, hlsSegmentDuration, hlsPartDuration, hlsSegmentCount } = keys;
    this.connections.configure(keys);
    this.configRevision = revision;
    this.segmentDurations = { segmentDurationMs: hlsSegmentDuration, partDurationMs: hlsPartDuration, segmentCount: hlsSegmentCount };
    this.keepsPlaylist = hls;
  }

  /** Nothing new is to come here; what is here goes on. */
  drain(): void {
    this.draining = true;
    this.announce();
  }

  stop(): void {
    clearInterval(this.announcing);
    this.keyFrames.stop();
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
    const from = page * PAGE_SIZE;
    const sessions = this.sessions.list(new Set<SessionKind>(kinds), from, PAGE_SIZE + 1);
    const names = paths ? this.pathNames() : [];
    return {
      instance: this.instance,
      more: sessions.length > PAGE_SIZE || names.length > from + PAGE_SIZE,
      sessions: sessions.filter((_, index) => index < PAGE_SIZE).map((session) => ({ kind: session.kind, row: session.row() })),
      paths: this.countersOf(names.filter((_, index) => index >= from && index < from + PAGE_SIZE)),
    };
  }

  /** Of those of these paths that are published here. */
  health(paths: readonly string[]): z.input<typeof healthList.reply> {
    const publishers = this.publishersByPath();
    return {
      streams: paths.flatMap((path) => {
        const publisher = publishers.get(path);
        return publisher === undefined ? [] : [{ path, epoch: publisher.epoch, tracks: [...publisher.health()] }];
      }),
    };
  }

  /**
   * Tells the leader everything that is held here. What it refuses is closed.
   * Errors: ControlError; it is told again with the next announcement.
   */
  tellAll(): Promise<void> {
    this.untold = true;
    this.telling = this.telling.catch(() => {}).then(() => this.tell());
    return this.telling;
  }

  private async tell(): Promise<void> {
    if (!this.untold) return; // by the one before
    this.untold = false;
    try {
      await this.sendSnapshot();
    } catch (error) {
      this.untold = true;
      throw error;
    }
  }

  private async sendSnapshot(): Promise<void> {
    const { held } = this;
    const publishers = [...held.publishers.keys()];
    const readers = [...held.readers.keys()];
    const pages = Math.max(1, Math.ceil(publishers.length / PAGE_SIZE), Math.ceil(readers.length / PAGE_SIZE));
    for (let page = 0; page < pages; page++) {
      const onPage = (_: unknown, index: number): boolean => Math.floor(index / PAGE_SIZE) === page;
      // Made when it is sent: who has left meanwhile has told so already, and must not come back.
      const { refused } = await this.control.snapshot({
        service: this.service,
        page,
        last: page === pages - 1,
        publishers: publishers.filter(onPage).flatMap((id) => publisherRow(held.publishers.get(id))),
        readers: readers.filter(onPage).flatMap((id) => readerRow(held.readers.get(id))),
      });
      for (const sessionId of refused) held.supersede(sessionId, 'the path has another publisher');
    }
  }

  /** Paths that are published or read here. */
  private pathNames(): readonly string[] {
    const names = new Set<string>();
    for (const publisher of this.held.publishers.values()) if (publisher.ready) names.add(publisher.path);
    for (const path of this.outbound.paths()) names.add(path);
    return [...names];
  }

  private publishersByPath(): ReadonlyMap<string, HeldPublisher> {
    const publishers = new Map<string, HeldPublisher>();
    for (const publisher of this.held.publishers.values()) if (publisher.ready) publishers.set(publisher.path, publisher);
    return publishers;
  }

  private countersOf(names: readonly string[]): PathCounters[] {
    const publishers = this.publishersByPath();
    return names.map((name) => {
      const publisher = publishers.get(name);
      const outbound = this.outbound.get(name);
      return {
        name,
        epoch: publisher?.epoch ?? outbound?.epoch ?? 0,
        inboundBytes: publisher?.inboundBytes ?? 0,
        outboundBytes: outbound?.bytes ?? 0,
        inboundFramesInError: publisher?.framesInError ?? 0,
        ...(publisher === undefined ? {} : { tracks: [...publisher.tracks()], health: [...publisher.health()] }),
      };
    });
  }

  private announce(): void {
    void this.control.repeatLeaves();
    if (this.untold) this.tellAll().catch(() => {}); // the log has its first failure
    this.client.emit(gatewayAnnounce, {
      instance: this.instance,
      service: this.service,
      startedMs: this.startedMs,
      term: this.control.term,
      configRevision: this.configRevision,
      sessionsRevision: this.held.revision,
      publishers: this.held.publishers.size,
      readers: this.held.readers.size,
      draining: this.draining,
    });
  }
}

type Snapshot = z.input<typeof gatewaySnapshot.request>;

function publisherRow(publisher: HeldPublisher | undefined): Snapshot['publishers'] {
  // One that looks for its first key unit asks for its place then.
  if (publisher === undefined || (publisher.waits && !publisher.standsBy)) return [];
  const { path, epoch, sessionId, sourceType, query, ready, waits, trackLabels } = publisher;
  const row = { path, epoch, sessionId, sourceType, query, ready, standby: waits };
  return [{ ...row, trackLabels: [...trackLabels], tracks: [...publisher.tracks()] }];
}

function readerRow(reader: HeldReader | undefined): Snapshot['readers'] {
  if (reader === undefined) return [];
  const { path, epoch, sessionId, type } = reader;
  return [{ path, epoch, sessionId, type }];
}
