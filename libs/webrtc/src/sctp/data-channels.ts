import { ParseError } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { SctpAssociation } from './association.ts';
import type { SctpOutput } from './association.ts';
import { DataProtocol, parseDataChannelMessage, serializeDataChannelAck, serializeDataChannelOpen } from './data-channel-message.ts';
import type { DataChannelOpen } from './data-channel-message.ts';
import type { SctpMessage } from './inbound-data.ts';

/** A page has a handful. */
export const MAX_PEER_CHANNELS = 64;

export type DataChannelEvent =
  /** By the peer. */
  | { readonly kind: 'opened'; readonly id: number; readonly open: DataChannelOpen }
  | { readonly kind: 'message'; readonly id: number; readonly data: Uint8Array; readonly isText: boolean }
  /** All of them, for good. */
  | { readonly kind: 'closed'; readonly reason: string };

export interface DataChannelOutput {
  readonly send: readonly Uint8Array[];
  readonly events: readonly DataChannelEvent[];
}

interface OwnChannel {
  readonly open: DataChannelOpen;
  /** The peer knows it: what comes unordered may then overtake the opening. */
  isKnown: boolean;
}

/**
 * The data channels of one connection.
 *
 * Shape:  as SctpAssociation. `open` at any time: channels are opened once the association is there.
 * Ids:    streams of SCTP; those of the DTLS client are even, those of the server odd.
 * Errors: none leave; see SctpAssociation. A control message that is malformed is dropped, and its channel not acknowledged.
 * Source: RFC 8831, RFC 8832.
 */
export class DataChannels {
  private readonly association: SctpAssociation;
  private readonly own = new Map<number, OwnChannel>();
  private readonly peers = new Set<number>();
  private nextId: number;

  constructor(crypto: CryptoPort, role: 'server' | 'client') {
    this.association = new SctpAssociation(crypto);
    this.nextId = role === 'client' ? 0 : 1;
  }

  get isEstablished(): boolean {
    return this.association.isEstablished;
  }

  get dueMs(): number | undefined {
    return this.association.dueMs;
  }

  /** Once DTLS is connected. */
  start(nowMs: number): DataChannelOutput {
    return this.outputOf([this.association.open(nowMs)], nowMs);
  }

  /** Returns the channel's id, which `send` takes. */
  open(open: DataChannelOpen, nowMs: number): { readonly id: number; readonly output: DataChannelOutput } {
    const id = this.nextId;
    this.nextId += 2;
    this.own.set(id, { open, isKnown: false });
    const sent = this.association.isEstablished ? [this.sendOpen(id, open, nowMs)] : [];
    return { id, output: this.outputOf(sent, nowMs) };
  }

  /** A message of bytes; undefined when there is no room for it, or the channel cannot be open yet. */
  send(id: number, data: Uint8Array, nowMs: number): DataChannelOutput | undefined {
    const channel = this.own.get(id);
    if (channel === undefined) return undefined;
    // RFC 8831 6.6: SCTP has no empty messages.
    const [protocolId, bytes] = data.length === 0 ? [DataProtocol.emptyBinary, Uint8Array.of(0)] : [DataProtocol.binary, data];
    const unordered = !channel.open.ordered && channel.isKnown;
    const output = this.association.send({ streamId: id, protocolId, data: bytes, unordered }, nowMs);
    return output && this.outputOf([output], nowMs);
  }

  receive(packet: Uint8Array, nowMs: number): DataChannelOutput {
    return this.outputOf([this.association.receive(packet, nowMs)], nowMs);
  }

  tick(nowMs: number): DataChannelOutput {
    return this.outputOf([this.association.tick(nowMs)], nowMs);
  }

  /** Tells the peer. */
  close(nowMs: number): DataChannelOutput {
    return this.outputOf([this.association.end(nowMs)], nowMs);
  }

  private outputOf(outputs: readonly (SctpOutput | undefined)[], nowMs: number): DataChannelOutput {
    const send: Uint8Array[] = [];
    const events: DataChannelEvent[] = [];
    const queue = [...outputs];
    while (queue.length > 0) {
      const output = queue.shift();
      if (output === undefined) continue;
      send.push(...output.send);
      for (const event of output.events) {
        if (event.kind === 'closed') events.push(event);
        else if (event.kind === 'established') for (const [id, { open }] of this.own) queue.push(this.sendOpen(id, open, nowMs));
        else if (event.message.protocolId === DataProtocol.control) queue.push(this.control(event.message, events, nowMs));
        else events.push(messageOf(event.message));
      }
    }
    return { send, events };
  }

  private sendOpen(id: number, open: DataChannelOpen, nowMs: number): SctpOutput | undefined {
    return this.sendControl(id, serializeDataChannelOpen(open), nowMs);
  }

  private sendControl(streamId: number, data: Uint8Array, nowMs: number): SctpOutput | undefined {
    return this.association.send({ streamId, protocolId: DataProtocol.control, data, unordered: false }, nowMs);
  }

  private control({ streamId: id, data }: SctpMessage, events: DataChannelEvent[], nowMs: number): SctpOutput | undefined {
    const open = openIn(data);
    if (open === 'malformed') return undefined;
    if (open === undefined) {
      const channel = this.own.get(id);
      if (channel !== undefined) channel.isKnown = true;
      return undefined;
    }
    if (this.own.has(id) || this.peers.has(id) || this.peers.size === MAX_PEER_CHANNELS) return undefined;
    this.peers.add(id);
    events.push({ kind: 'opened', id, open });
    return this.sendControl(id, serializeDataChannelAck(), nowMs);
  }
}

function openIn(data: Uint8Array): DataChannelOpen | undefined | 'malformed' {
  try {
    return parseDataChannelMessage(data);
  } catch (error) {
    if (error instanceof ParseError) return 'malformed';
    throw error;
  }
}

function messageOf({ streamId: id, protocolId, data }: SctpMessage): DataChannelEvent {
  const isEmpty = protocolId === DataProtocol.emptyBinary || protocolId === DataProtocol.emptyText;
  const isText = protocolId === DataProtocol.text || protocolId === DataProtocol.emptyText;
  return { kind: 'message', id, data: isEmpty ? data.subarray(0, 0) : data, isText };
}
