import {
  ControlError,
  configGet,
  gatewaySnapshot,
  pathDescribe,
  pathLeave,
  pathPublish,
  pathRead,
  pathReady,
  sessionAuthorize,
} from '@mediamesh/contracts';
import type { AccessRequest, SessionKind, TrackSummary } from '@mediamesh/contracts';
import type { ControlClient } from '@mediamesh/platform';
import type { z } from 'zod';

/** Authentication can wait for an HTTP server (`readTimeout`), and a refusal waits up to 4 s. */
const AUTHORIZE_DEADLINE_MS = 20_000;
const RESERVE_DEADLINE_MS = 5_000;
/** Requests on hold are answered by control, which knows the path's timeout; this only bounds a control service that died. */
const HOLD_DEADLINE_MS = 300_000;

export type Grant = z.output<typeof sessionAuthorize.reply>;
export type DescribeReply = z.output<typeof pathDescribe.reply>;
export type ReadReply = z.output<typeof pathRead.reply>;
export type PublishReply = z.output<typeof pathPublish.reply>;

/**
 * The control service, as a gateway asks it.
 *
 * Errors: ControlError; UNAVAILABLE and TIMED_OUT when control is away.
 * Terms:  replies of a lower term than the highest seen are for the past: whoever holds something tells it again on hello.
 */
export class ControlPlane {
  /** The highest term that was heard. */
  term = 0;
  readonly instance: string;
  private readonly client: ControlClient;
  private readonly onHold = new Set<() => void>();

  constructor(client: ControlClient, instance: string) {
    this.client = client;
    this.instance = instance;
  }

  config(): Promise<z.output<typeof configGet.reply>> {
    return this.client.request(configGet, { instance: this.instance }, { deadlineMs: RESERVE_DEADLINE_MS });
  }

  authorize(access: AccessRequest): Promise<Grant> {
    return this.client.request(sessionAuthorize, { instance: this.instance, access }, { deadlineMs: AUTHORIZE_DEADLINE_MS });
  }

  describe(access: AccessRequest, abandoned: AbortSignal): Promise<DescribeReply> {
    return this.hold(abandoned, (signal) =>
      this.client.request(pathDescribe, { instance: this.instance, access }, { deadlineMs: HOLD_DEADLINE_MS, signal }),
    );
  }

  read(access: AccessRequest, reader: { readonly type: SessionKind; readonly id: string }, abandoned: AbortSignal): Promise<ReadReply> {
    const payload = { instance: this.instance, requestId: reader.id, access, reader };
    return this.hold(abandoned, (signal) => this.client.request(pathRead, payload, { deadlineMs: HOLD_DEADLINE_MS, signal }));
  }

  publish(request: Omit<z.input<typeof pathPublish.request>, 'instance'>): Promise<PublishReply> {
    return this.client.request(pathPublish, { ...request, instance: this.instance }, { deadlineMs: RESERVE_DEADLINE_MS });
  }

  async ready(path: string, epoch: number, sessionId: string, tracks: readonly TrackSummary[]): Promise<void> {
    const payload = { instance: this.instance, path, epoch, sessionId, tracks: [...tracks] };
    await this.client.request(pathReady, payload, { deadlineMs: RESERVE_DEADLINE_MS });
  }

  /** Never rejects: when control is away, it learns of it from the next snapshot. */
  async leave(path: string, sessionId: string, reason: string): Promise<void> {
    try {
      await this.client.request(pathLeave, { instance: this.instance, path, sessionId, reason }, { deadlineMs: RESERVE_DEADLINE_MS });
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
    }
  }

  snapshot(page: Omit<z.input<typeof gatewaySnapshot.request>, 'instance'>): Promise<z.output<typeof gatewaySnapshot.reply>> {
    return this.client.request(gatewaySnapshot, { ...page, instance: this.instance }, { deadlineMs: RESERVE_DEADLINE_MS });
  }

  /** A leader has said hello: requests that the one before it held are asked again. Returns false for a leader of the past. */
  hello(term: number): boolean {
    if (term < this.term) return false;
    const isNew = term > this.term;
    this.term = term;
    if (isNew) for (const askAgain of [...this.onHold]) askAgain();
    return true;
  }

  private async hold<Reply>(abandoned: AbortSignal, ask: (signal: AbortSignal) => Promise<Reply>): Promise<Reply> {
    for (;;) {
      const attempt = new AbortController();
      let again = false;
      const askAgain = (): void => {
        again = true;
        attempt.abort();
      };
      this.onHold.add(askAgain);
      try {
        return await ask(AbortSignal.any([abandoned, attempt.signal]));
      } catch (error) {
        if (!again || abandoned.aborted) throw error;
      } finally {
        this.onHold.delete(askAgain);
      }
    }
  }
}
