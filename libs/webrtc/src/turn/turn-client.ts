import { ByteWriter } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { transportAddress } from '../ice/remote-candidate.ts';
import { readStunMessage } from '../stun/read-stun-message.ts';
import { StunAttribute, StunClass, StunMethod, TRANSACTION_ID_BYTES } from '../stun/stun-message.ts';
import type { StunMessage } from '../stun/stun-message.ts';
import { addressMask, serializeStun } from '../stun/stun-writer.ts';
import { xorAddressValue } from '../stun/xor-address.ts';
import type { TransportAddress } from '../stun/xor-address.ts';
import { FIRST_CHANNEL, channelMessages, isChannelData, parseChannelData } from './channel-data.ts';
import { TurnRequests } from './turn-requests.ts';
import type { TurnAnswer, TurnCredentials, TurnRequest } from './turn-requests.ts';

/** A peer has a handful of addresses, those of an ICE restart included. */
export const MAX_TURN_PEERS = 64;
/** A permission lasts 5 minutes, a channel 10. RFC 8656 9, 12. */
const PERMISSION_REFRESH_MS = 240_000;
const CHANNEL_REFRESH_MS = 300_000;
/** What servers give is between a minute and an hour; others would only make work, or never come back. */
const MIN_LIFETIME_S = 20;
const MAX_LIFETIME_S = 3_600;
const UDP_PROTOCOL = 17;

export interface TurnReceived {
  /** To the server. */
  readonly send: readonly Uint8Array[];
  /** What a peer has sent. */
  readonly data?: { readonly from: TransportAddress; readonly bytes: Uint8Array };
}

export type TurnState = 'allocating' | 'allocated' | 'failed' | 'closed';

interface Peer {
  readonly at: TransportAddress;
  permissionDueMs: number;
  /** The server refuses to relay to it. */
  isRefused: boolean;
  /** Something was sent to it since its permission was asked for last. */
  isUsed: boolean;
  channel: number | undefined;
  isBound: boolean;
  channelDueMs: number;
}

const NOTHING: TurnReceived = { send: [] };

/**
 * The client's side of TURN: one allocation at a server, which receives and sends for us.
 *
 * Shape:  `start`; `tick` every 100 ms until there is an allocation, and every second after; `receive` what comes from the server, one message each;
 *         `sendTo` a peer; `close`. All give what is to be sent to the server. `bind` makes what goes to a peer shorter.
 * Errors: none leave; `failure` says what went wrong, `state` is `failed` then.
 * Trust:  answers as TurnRequests says; data counts from peers that we have sent to.
 * Source: RFC 8656.
 */
export class TurnClient {
  private readonly crypto: CryptoPort;
  private readonly requests: TurnRequests;
  private readonly isReliable: boolean;
  private now: { readonly state: TurnState; readonly failure: string } = { state: 'allocating', failure: '' };
  private relayAddress: TransportAddress | undefined;
  private readonly peers = new Map<string, Peer>();
  private readonly channels = new Map<number, Peer>();
  private refreshMs = 0;

  /** `isReliable`: over TCP or TLS. */
  constructor(crypto: CryptoPort, credentials: TurnCredentials, isReliable = false) {
    this.crypto = crypto;
    this.isReliable = isReliable;
    this.requests = new TurnRequests(crypto, credentials, isReliable);
  }

  get state(): TurnState {
    return this.now.state;
  }

  /** Empty unless `state` is `failed`. */
  get failure(): string {
    return this.now.failure;
  }

  /** Where the server receives for us; undefined before. */
  get relayed(): TransportAddress | undefined {
    return this.relayAddress;
  }

  start(nowMs: number): readonly Uint8Array[] {
    return [
      this.requests.ask(
        { method: StunMethod.allocate, attributes: [[StunAttribute.requestedTransport, uint32(UDP_PROTOCOL << 24)]] },
        nowMs,
      ),
    ];
  }

  tick(nowMs: number): readonly Uint8Array[] {
    const { send, expired } = this.requests.tick(nowMs);
    for (const request of expired) this.failed(request, undefined);
    if (this.state !== 'allocated') return send;
    const due = [...send];
    if (nowMs >= this.refreshMs) {
      this.refreshMs = Number.POSITIVE_INFINITY; // until the answer
      due.push(this.requests.ask({ method: StunMethod.refresh, attributes: [] }, nowMs));
    }
    for (const [key, peer] of this.peers) due.push(...this.tickPeer(key, peer, nowMs));
    return due;
  }

  receive(bytes: Uint8Array, nowMs: number): TurnReceived {
    if (isChannelData(bytes)) return this.channelData(bytes);
    const message = readStunMessage(bytes);
    if (message === undefined) return NOTHING;
    if (message.class === StunClass.indication) return this.dataIndication(message);
    const answer = this.requests.receive(message, bytes, nowMs);
    return answer === undefined ? NOTHING : { send: this.answered(answer, nowMs) };
  }

  /** Asks for the permission, where there is none yet. Nothing is sent to a peer that the server refuses. */
  sendTo(target: TransportAddress, bytes: Uint8Array, nowMs: number): readonly Uint8Array[] {
    if (this.state !== 'allocated') return [];
    const known = this.peers.get(keyOf(target));
    const peer = known ?? this.newPeer(target, nowMs);
    if (peer === undefined || peer.isRefused) return [];
    peer.isUsed = true;
    const message = peer.isBound ? this.throughChannel(peer.channel!, bytes) : this.sendIndication(target, bytes);
    return known === undefined ? [this.askForPermission(peer, nowMs), message] : [message];
  }

  /** A channel for what goes to a peer from now on; nothing when there is one. */
  bind(target: TransportAddress, nowMs: number): readonly Uint8Array[] {
    const peer = this.peers.get(keyOf(target)) ?? this.newPeer(target, nowMs);
    if (this.state !== 'allocated' || peer === undefined || peer.channel !== undefined) return [];
    peer.channel = FIRST_CHANNEL + this.channels.size;
    this.channels.set(peer.channel, peer);
    return [this.askForChannel(peer, nowMs)];
  }

  /** Hot: once a frame. Of a peer whose channel the server has confirmed; what goes through it counts as sent. */
  channelOf(target: TransportAddress): number | undefined {
    const peer = this.peers.get(keyOf(target));
    if (peer?.isBound !== true) return undefined;
    peer.isUsed = true;
    return peer.channel;
  }

  /** Gives the allocation back. Idempotent. */
  close(): readonly Uint8Array[] {
    const wasAllocated = this.state === 'allocated';
    if (this.state !== 'failed') this.now = { state: 'closed', failure: '' };
    this.requests.close();
    if (!wasAllocated) return [];
    return [this.requests.serialize({ method: StunMethod.refresh, attributes: [[StunAttribute.lifetime, uint32(0)]] }).bytes];
  }

  private tickPeer(key: string, peer: Peer, nowMs: number): readonly Uint8Array[] {
    const send: Uint8Array[] = [];
    if (nowMs >= peer.permissionDueMs) {
      if (peer.isUsed && !peer.isRefused) send.push(this.askForPermission(peer, nowMs));
      else if (peer.channel === undefined) this.peers.delete(key);
      peer.permissionDueMs = nowMs + PERMISSION_REFRESH_MS;
      peer.isUsed = false;
    }
    if (peer.isBound && nowMs >= peer.channelDueMs) send.push(this.askForChannel(peer, nowMs));
    return send;
  }

  /** Undefined when there are too many. */
  private newPeer(at: TransportAddress, nowMs: number): Peer | undefined {
    if (this.peers.size >= MAX_TURN_PEERS) return undefined;
    const permissionDueMs = nowMs + PERMISSION_REFRESH_MS;
    const peer: Peer = { at, permissionDueMs, isRefused: false, isUsed: true, channel: undefined, isBound: false, channelDueMs: 0 };
    this.peers.set(keyOf(at), peer);
    return peer;
  }

  private askForPermission({ at }: Peer, nowMs: number): Uint8Array {
    return this.requests.ask({ method: StunMethod.createPermission, attributes: [], peer: at }, nowMs);
  }

  private askForChannel(peer: Peer, nowMs: number): Uint8Array {
    peer.channelDueMs = nowMs + CHANNEL_REFRESH_MS;
    const attributes = [[StunAttribute.channelNumber, uint32(peer.channel! << 16)] as const];
    return this.requests.ask({ method: StunMethod.channelBind, attributes, peer: peer.at }, nowMs);
  }

  private throughChannel(channel: number, bytes: Uint8Array): Uint8Array {
    return channelMessages(bytes, { offsets: [0], sizes: [bytes.length], count: 1 }, channel, this.isReliable).bytes;
  }

  private sendIndication(to: TransportAddress, data: Uint8Array): Uint8Array {
    const transactionId = this.crypto.randomBytes(TRANSACTION_ID_BYTES);
    return serializeStun({ class: StunClass.indication, method: StunMethod.send, transactionId }, [
      [StunAttribute.xorPeerAddress, xorAddressValue(to, addressMask(transactionId))],
      [StunAttribute.data, data],
    ]);
  }

  private dataIndication({ method, peer: from, data }: StunMessage): TurnReceived {
    if (method !== StunMethod.data || from === undefined || data === undefined) return NOTHING;
    return this.hasSentTo(from) ? { send: [], data: { from, bytes: data } } : NOTHING;
  }

  private channelData(bytes: Uint8Array): TurnReceived {
    const parsed = parseChannelData(bytes);
    const peer = parsed && this.channels.get(parsed.channel);
    return peer === undefined ? NOTHING : { send: [], data: { from: peer.at, bytes: parsed!.data } };
  }

  /** A permission is for an address, whatever the port: that is where a peer behind a NAT differs. */
  private hasSentTo({ address }: TransportAddress): boolean {
    for (const { at } of this.peers.values()) if (at.address === address) return true;
    return false;
  }

  private answered(answer: TurnAnswer, nowMs: number): readonly Uint8Array[] {
    switch (answer.kind) {
      case 'again':
        return [answer.bytes];
      case 'error':
        this.failed(answer.request, answer.code);
        return [];
      case 'success':
        this.succeeded(answer.request, answer.message, nowMs);
        return [];
    }
  }

  private succeeded({ method, peer: at }: TurnRequest, { relayed, lifetimeS = MIN_LIFETIME_S }: StunMessage, nowMs: number): void {
    const peer = at && this.peers.get(keyOf(at));
    if (method === StunMethod.channelBind && peer !== undefined) peer.isBound = true;
    if (method !== StunMethod.allocate && method !== StunMethod.refresh) return;
    if (method === StunMethod.allocate) {
      if (relayed === undefined) return this.fail('its answer names no address');
      this.relayAddress = relayed;
      this.now = { state: 'allocated', failure: '' };
    }
    // In the middle: there is time to ask again.
    this.refreshMs = nowMs + (Math.min(Math.max(lifetimeS, MIN_LIFETIME_S), MAX_LIFETIME_S) * 1_000) / 2;
  }

  /** `code`: of the error; undefined when there was no answer. */
  private failed({ method, peer: at }: TurnRequest, code: number | undefined): void {
    const peer = at && this.peers.get(keyOf(at));
    if (method === StunMethod.createPermission && peer !== undefined) peer.isRefused = true;
    else if (method === StunMethod.channelBind && peer !== undefined) peer.isBound = false;
    else this.fail(code === undefined ? 'it does not answer' : errorText(code));
  }

  private fail(failure: string): void {
    this.now = { state: 'failed', failure };
    this.requests.close();
  }
}

/** What a user can do about it. Source: RFC 8656 19. */
function errorText(code: number): string {
  switch (code) {
    case 401:
      return 'it refuses the credentials (401): check username and password';
    case 403:
      return 'it forbids the allocation (403): check its configuration';
    case 486:
      return 'it grants this user no more allocations (486): raise its user-quota';
    case 508:
      return 'it has no capacity left (508)';
    default:
      return `it answers with the error ${code}`;
  }
}

function keyOf({ address, port }: TransportAddress): string {
  return transportAddress(address, port);
}

function uint32(value: number): Uint8Array {
  return new ByteWriter().u32(value >>> 0).finish();
}
