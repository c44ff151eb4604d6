import type { ControlErrorCode, TrackSummary } from '@mediamesh/contracts';
import type { PathPolicy, Publisher, Reader, Waiter } from './path-state.ts';

export type PathEvent =
  /** The path begins, or its configuration has changed in keys that need no restart. */
  | { readonly type: 'configure'; readonly policy: PathPolicy }
  /** Authorized requests. */
  | { readonly type: 'describe'; readonly waiter: Waiter; readonly query: string }
  | { readonly type: 'read'; readonly waiter: Waiter & { readonly reader: Reader }; readonly query: string }
  | { readonly type: 'publish'; readonly requestId: string; readonly publisher: Publisher }
  | { readonly type: 'ready'; readonly epoch: number; readonly tracks: readonly TrackSummary[] }
  /** A publisher or a reader is gone, also one that is on hold. */
  | { readonly type: 'leave'; readonly sessionId: string; readonly reason: string }
  /** An instance took the source; it could not be given to any; it has ended. */
  | { readonly type: 'sourceTaken'; readonly sourceId: string; readonly instance: string }
  | { readonly type: 'sourceStopped'; readonly sourceId: string; readonly error: string }
  /** An instance is silent for too long, or has ended. */
  | { readonly type: 'instanceLost'; readonly instance: string }
  /** A gateway's truth about its sessions, told to a new leader. */
  | { readonly type: 'restorePublisher'; readonly publisher: Publisher; readonly standby: boolean }
  /** `epoch`: what it reads, or waits to be spliced over from. */
  | { readonly type: 'restoreReader'; readonly reader: Reader; readonly epoch: number }
  /** The command on demand runs since another replica led. */
  | { readonly type: 'restoreDemand'; readonly query: string }
  /** All gateways have told: what nobody publishes is over. `epoch` is higher than all that were before. */
  | { readonly type: 'rebuilt'; readonly epoch: number }
  | { readonly type: 'tick' }
  | { readonly type: 'close'; readonly reason: string };

/** Why a publisher is sent away. */
export const REPLACED = 'closed by another publisher';

export type PathReply =
  | { readonly kind: 'stream'; readonly epoch: number }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'published'; readonly epoch: number; readonly continues?: number }
  /** Another source has the path; `callSource` says when it is this one's turn. */
  | { readonly kind: 'standby' }
  | { readonly kind: 'error'; readonly code: ControlErrorCode; readonly message: string };

export type PathEffect =
  | { readonly type: 'reply'; readonly requestId: string; readonly reply: PathReply }
  | { readonly type: 'startSource'; readonly sourceId: string; readonly feed: number; readonly query: string }
  | { readonly type: 'callSource'; readonly sourceId: string; readonly instance: string }
  | { readonly type: 'stopSource'; readonly sourceId: string; readonly instance: string; readonly reason: string }
  /** The stream is there, its readers may come; or it is gone, and they are closed. */
  | { readonly type: 'available'; readonly publisher: Publisher; readonly news: 'available' | 'online' | 'both' | 'offline' }
  | { readonly type: 'unavailable'; readonly epoch: number; readonly reason: string }
  /** A publisher has lost its path. */
  | { readonly type: 'kickPublisher'; readonly publisher: Publisher; readonly reason: string }
  /** What a publisher that can't clean up left on the bus. */
  | { readonly type: 'removeEpoch'; readonly epoch: number }
  | { readonly type: 'log'; readonly message: string }
  /** A line of a static source's own. Contract 7.1. */
  | { readonly type: 'logSource'; readonly feed: number; readonly message: string };
