import type { SessionKind, TrackHealth, TrackSummary } from '@mediamesh/contracts';

/** A publisher's stay on a path, at this instance. */
export interface HeldPublisher {
  readonly path: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly sourceType: string;
  readonly query: string;
  /** Readers can be spliced over to a publisher with the same ones. */
  readonly trackLabels: readonly string[];
  readonly ready: boolean;
  /** Control has others for the path: it stands by while one of them has it. */
  readonly standsBy: boolean;
  /** Its stream is not on the bus. */
  readonly waits: boolean;
  readonly inboundBytes: number;
  readonly framesInError: number;
  tracks(): readonly TrackSummary[];
  /** Readers want a key frame. Nothing happens where the client cannot be asked. */
  requestKeyFrame(): void;
  /** Now. */
  health(): readonly TrackHealth[];
  /** It stands by, and the path is to be its own. */
  call(): void;
  /** Another publisher has the path, or control does not know this one. */
  supersede(reason: string): void;
}

/** A reader that is registered on a path, at this instance. */
export interface HeldReader {
  readonly path: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly type: SessionKind;
  supersede(reason: string): void;
}

/** What this instance holds: its truth, told to every new leader of the control service. */
export class Held {
  readonly publishers = new Map<string, HeldPublisher>();
  readonly readers = new Map<string, HeldReader>();
  /** Grows with every change, so that control can tell whether it missed one. */
  revision = 0;

  addPublisher(publisher: HeldPublisher): void {
    this.publishers.set(publisher.sessionId, publisher);
    this.revision++;
  }

  addReader(reader: HeldReader): void {
    this.readers.set(reader.sessionId, reader);
    this.revision++;
  }

  remove(sessionId: string): void {
    if (this.publishers.delete(sessionId) || this.readers.delete(sessionId)) this.revision++;
  }

  supersede(sessionId: string, reason: string): void {
    this.publishers.get(sessionId)?.supersede(reason);
    this.readers.get(sessionId)?.supersede(reason);
  }
}
