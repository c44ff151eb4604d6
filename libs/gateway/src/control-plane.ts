import { setTimeout as delay } from 'node:timers/promises';
import {
  ControlError,
  configGet,
  gatewaySnapshot,
  pathDescribe,
  pathLeave,
  pathPublish,
  pathRead,
  pathReady,
  pathsLive,
  sessionAuthorize,
} from '@mediamesh/contracts';
import type { AccessRequest, LivePath, SessionKind, TrackSummary } from '@mediamesh/contracts';
import type { ControlClient } from '@mediamesh/platform';
import type { z } from 'zod';

/** Authentication can wait for an HTTP server (`readTimeout`), and a refusal waits up to 4 s. */
const AUTHORIZE_DEADLINE_MS = 20_000;
const RESERVE_DEADLINE_MS = 5_000;
/** Requests on hold are answered by control, which knows the path's timeout; this only bounds a control service that died. */
const HOLD_DEADLINE_MS = 300_000;
/** A replica that stands by leads at the latest when the lease of the one before has ended. */
const SUCCESSION_DEADLINE_MS = 6_000;

/** Control has been away for long with more: it learns of them from the next snapshot of a new leader. */
const MAX_UNHEARD_LEAVES = 10_000;

interface Leave {
  readonly path: string;
  readonly sessionId: string;
  readonly reason: string;
}

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
  /** By session id. */
  private readonly unheardLeaves = new Map<string, Leave>();

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
    this.unheardLeaves.delete(reader.id);
    const payload = { instance: this.instance, requestId: reader.id, access, reader };
    return this.hold(abandoned, (signal) => this.client.request(pathRead, payload, { deadlineMs: HOLD_DEADLINE_MS, signal }));
  }

  publish(request: Omit<z.input<typeof pathPublish.request>, 'instance'>): Promise<PublishReply> {
    this.unheardLeaves.delete(request.sessionId);
    return this.client.request(pathPublish, { ...request, instance: this.instance }, { deadlineMs: RESERVE_DEADLINE_MS });
  }

  async ready(path: string, epoch: number, sessionId: string, tracks: readonly TrackSummary[]): Promise<void> {
    const payload = { instance: this.instance, path, epoch, sessionId, tracks: [...tracks] };
    await this.client.request(pathReady, payload, { deadlineMs: RESERVE_DEADLINE_MS });
  }

  /** All paths whose stream is there. */
  async livePaths(): Promise<readonly LivePath[]> {
    const paths: LivePath[] = [];
    for (let more = true; more;) {
      const request = { instance: this.instance, after: paths.at(-1)?.path ?? '' };
      const page = await this.client.request(pathsLive, request, { deadlineMs: RESERVE_DEADLINE_MS });
      paths.push(...page.paths);
      more = page.more && page.paths.length > 0;
    }
    return paths;
  }

  /** Never rejects. What control does not hear is said again by `repeatLeaves`, so that it holds nothing for who is gone. */
  async leave(path: string, sessionId: string, reason: string): Promise<void> {
    const left = { path, sessionId, reason };
    const { term } = this;
    if (!(await this.tellLeave(left)) && term === this.term && this.unheardLeaves.size < MAX_UNHEARD_LEAVES) {
      this.unheardLeaves.set(sessionId, left);
    }
  }

  /** Never rejects. */
  async repeatLeaves(): Promise<void> {
    for (const left of [...this.unheardLeaves.values()]) {
      if (this.unheardLeaves.get(left.sessionId) !== left) continue;
      if (!(await this.tellLeave(left))) return;
      if (this.unheardLeaves.get(left.sessionId) === left) this.unheardLeaves.delete(left.sessionId);
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
    if (isNew) {
      this.unheardLeaves.clear(); // it knows what it is told from now on
      for (const askAgain of [...this.onHold]) askAgain();
    }
    return true;
  }

  private async tellLeave(left: Leave): Promise<boolean> {
    try {
      await this.client.request(pathLeave, { instance: this.instance, ...left }, { deadlineMs: RESERVE_DEADLINE_MS });
      return true;
    } catch {
      return false;
    }
  }

  /** Asks again when another leader says hello; one that steps down refuses what it held, and the next is waited for. */
  private async hold<Reply>(abandoned: AbortSignal, ask: (signal: AbortSignal) => Promise<Reply>): Promise<Reply> {
    for (;;) {
      const hello = new AbortController();
      const askAgain = (): void => hello.abort();
      const signal = AbortSignal.any([abandoned, hello.signal]);
      this.onHold.add(askAgain);
      try {
        return await ask(signal);
      } catch (error) {
        if (error instanceof ControlError && error.code === 'NOT_LEADER') {
          await delay(SUCCESSION_DEADLINE_MS, undefined, { signal }).catch(() => {}); // over when the signal comes
        }
        if (!hello.signal.aborted || abandoned.aborted) throw error;
      } finally {
        this.onHold.delete(askAgain);
      }
    }
  }
}
