import type { PathFeed } from '@mediamesh/gateway';
import type { BusUnit, HubReader } from '@mediamesh/media';
import { openUdpSocket } from '@mediamesh/net';
import type { TimerWheel, UdpDestination, UdpRemote, UdpSocket, WheelTimer } from '@mediamesh/net';
import type { FromStream, OutgoingTrack, RtspFrame } from '../../from-stream.ts';
import { OutboundCounters, REPORT_INTERVAL_MS } from '../../outbound.ts';
import type { MulticastGroups } from './multicast-groups.ts';
import type { MulticastOutput, MulticastOutputs, SocketSettings } from './multicast-outputs.ts';

/** A session that reads through a group. */
export interface MulticastMember {
  readonly remoteAddress: string;
  /** Of this machine: where the client is connected to. */
  readonly localAddress: string;
  /** RTCP that came from its address. */
  packet(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): void;
  /** Nothing is sent to the group any more. */
  multicastEnded(reason: string): void;
}

export interface MulticastSettings {
  readonly groups: MulticastGroups;
  readonly outputs: MulticastOutputs;
  readonly ports: readonly [rtp: number, rtcp: number];
  /** SRTP. */
  readonly secure: boolean;
  readonly timers: TimerWheel;
  readonly sockets: SocketSettings;
}

/** One media's group. */
interface GroupMedia {
  readonly track: OutgoingTrack;
  readonly rtp: UdpDestination;
  readonly rtcp: UdpDestination;
  /** For what receivers report. */
  readonly listener: UdpSocket;
}

/** A member with its interface. */
interface Membership {
  readonly output: MulticastOutput;
  playing: boolean;
}

/**
 * A path's packets to its multicast groups, one a media: a frame is sent once for all members (and once for each further interface that they came in through).
 * Opened for the first member, closed after the last. There is no instant start: members come to what is being sent.
 */
export class MulticastStream implements HubReader<RtspFrame> {
  readonly queuedPackets = 0;
  readonly queuedBytes = 0;
  private readonly settings: MulticastSettings;
  private readonly feed: PathFeed<RtspFrame, FromStream>;
  private readonly addresses: readonly string[];
  private readonly onEmpty: () => void;
  private readonly counters: OutboundCounters;
  private readonly reports: WheelTimer;
  private readonly members = new Map<MulticastMember, Membership>();
  /** By media index. */
  private medias: readonly GroupMedia[] = [];
  /** Of the members that play. */
  private sockets: readonly UdpSocket[] = [];

  /** Errors: RangeError when the groups are used up; ListenError. Nothing is left open then. */
  static async open(feed: PathFeed<RtspFrame, FromStream>, settings: MulticastSettings, onEmpty: () => void): Promise<MulticastStream> {
    const { tracks } = feed.maker;
    const addresses = settings.groups.take(tracks.length);
    if (addresses === undefined) throw new RangeError('all multicast groups are in use');
    const stream = new MulticastStream(feed, settings, addresses, onEmpty);
    try {
      await stream.listen(tracks);
      return stream;
    } catch (error) {
      await stream.close();
      throw error;
    }
  }

  private constructor(
    feed: PathFeed<RtspFrame, FromStream>,
    settings: MulticastSettings,
    addresses: readonly string[],
    onEmpty: () => void,
  ) {
    this.feed = feed;
    this.settings = settings;
    this.addresses = addresses;
    this.onEmpty = onEmpty;
    this.counters = new OutboundCounters(feed.maker.tracks);
    this.reports = settings.timers.schedule(REPORT_INTERVAL_MS, () => this.sendReports());
  }

  /** Where a media's packets go. */
  group(mediaIndex: number): { readonly address: string; readonly ports: readonly [number, number] } {
    return { address: this.addresses[mediaIndex]!, ports: this.settings.ports };
  }

  /** Every `join` is followed by one `leave`. Errors: as `MulticastOutputs.acquire`. */
  async join(member: MulticastMember): Promise<void> {
    this.joining++;
    try {
      const output = await this.settings.outputs.acquire(member.localAddress);
      this.members.set(member, { output, playing: false });
    } finally {
      this.joining--;
      this.closeIfEmpty();
    }
  }

  private joining = 0;

  leave(member: MulticastMember): void {
    const membership = this.members.get(member);
    if (membership === undefined) return;
    this.pause(member);
    this.members.delete(member);
    membership.output.release();
    this.closeIfEmpty();
  }

  /** From now on there are packets for this member. */
  play(member: MulticastMember): void {
    const wasIdle = this.sockets.length === 0;
    this.members.get(member)!.playing = true;
    this.chooseSockets();
    if (wasIdle) this.feed.hub.attach(this, { instantStart: false, trackIds: this.medias.map(({ track }) => track.track.id) });
  }

  pause(member: MulticastMember): void {
    const membership = this.members.get(member);
    if (membership?.playing !== true) return;
    membership.playing = false;
    this.chooseSockets();
    if (this.sockets.length === 0) this.feed.hub.detach(this);
  }

  /** Hot: once a frame. */
  write(_unit: BusUnit, frame: RtspFrame): void {
    const { sockets } = this;
    const buffer = this.settings.secure ? frame.secure : frame.plain;
    const media = this.medias[frame.track.mediaIndex];
    if (buffer === undefined || media === undefined) return;
    let sent = 0;
    for (let i = 0; i < sockets.length; i++) {
      sent = Math.max(sent, sockets[i]!.sendBatch(buffer.bytes, buffer.offsets, buffer.sizes, buffer.packetCount, media.rtp));
    }
    if (sent === 0) return;
    this.counters.sent(frame, sent, Date.now() * 1000);
    this.feed.outbound.bytes += frame.packets.rtpBytes;
  }

  /** Parameters travel in-band too. */
  describe(): void {}

  end(reason: string): void {
    for (const member of [...this.members.keys()]) member.multicastEnded(reason);
  }

  private async listen(tracks: readonly OutgoingTrack[]): Promise<void> {
    const { ports, sockets } = this.settings;
    const medias: GroupMedia[] = [];
    this.medias = medias;
    for (const track of tracks) {
      const { mediaIndex } = track;
      const address = this.addresses[mediaIndex]!;
      const listener = await openUdpSocket({ ...sockets, address: `${address}:${ports[1]}`, reuseAddress: true });
      medias[mediaIndex] = {
        track,
        listener,
        rtp: listener.destination(address, ports[0]),
        rtcp: listener.destination(address, ports[1]),
      };
      listener.onMessage = (bytes, remote) => this.received(mediaIndex, bytes, remote);
      listener.joinGroup(address);
    }
  }

  /** Reports of receivers; what this machine sends to the group comes here too. */
  private received(mediaIndex: number, bytes: Uint8Array, remote: UdpRemote): void {
    if (this.settings.outputs.sendsFrom(remote.port)) return;
    for (const member of this.members.keys()) if (member.remoteAddress === remote.address) member.packet(mediaIndex, true, bytes);
  }

  private chooseSockets(): void {
    const sockets = new Set<UdpSocket>();
    for (const { output, playing } of this.members.values()) if (playing) sockets.add(output.socket);
    this.sockets = [...sockets];
  }

  private sendReports(): void {
    const nowUs = Date.now() * 1000;
    for (const { track, rtcp } of this.medias) {
      const report = this.counters.report(track.mediaIndex, nowUs);
      if (report === undefined) continue;
      const bytes = this.settings.secure ? track.cipher?.protectRtcp(report) : report;
      if (bytes !== undefined) for (const socket of this.sockets) socket.send(bytes, rtcp);
    }
    this.settings.timers.reschedule(this.reports, REPORT_INTERVAL_MS);
  }

  private closeIfEmpty(): void {
    if (this.members.size > 0 || this.joining > 0) return;
    this.onEmpty();
    void this.close();
  }

  private async close(): Promise<void> {
    this.settings.timers.cancel(this.reports);
    this.feed.hub.detach(this);
    await Promise.all(this.medias.map(({ listener }) => listener.close()));
    this.settings.groups.release(this.addresses);
  }
}
