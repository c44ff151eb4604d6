import { defaultPathConfig } from '@mediamesh/config';
import type { PathEffect, PathEvent } from './path-event.ts';
import { openPath, transition } from './path-machine.ts';
import type { FeedPolicy, PathPolicy, PathState, Publisher, Reader } from './path-state.ts';

export const POLICY: PathPolicy = {
  confName: 'all_others',
  source: 'publisher',
  sourceOnDemand: false,
  commandOnDemand: false,
  feeds: [],
  silenceTimeoutMs: 5_000,
  recoveryDelayMs: 10_000,
  startTimeoutMs: 10_000,
  closeAfterMs: 10_000,
  maxReaders: 0,
  overridePublisher: true,
  publisherGraceMs: 0,
  redirectTo: '',
  fallback: '',
  permanent: false,
  healthAlerts: defaultPathConfig().healthAlerts,
  settings: {
    confName: 'all_others',
    gopCache: 'off',
    useAbsoluteTimestamp: false,
    rtspDemuxMpegts: false,
    sourceOnDemand: false,
    publisherGraceMs: 0,
    fingerprint: 'f',
  },
};

export const CAMERA: FeedPolicy = { kind: 'source', component: 'RTSP source' };

export const publisher = (epoch: number, more: Partial<Publisher> = {}): Publisher => ({
  epoch,
  instance: 'gateway-1',
  sessionId: `publisher-${epoch}`,
  sourceType: 'rtspSession',
  query: '',
  trackLabels: ['H264'],
  tracks: [],
  ...more,
});
export const reader = (id: string, instance = 'gateway-1'): Reader => ({ instance, sessionId: id, type: 'rtspSession', query: '' });
export const read = (id: string, instance?: string): PathEvent => ({
  type: 'read',
  waiter: { requestId: `ask-${id}`, reader: reader(id, instance) },
  query: '',
});
export const ask = (requestId: string, query = ''): PathEvent => ({ type: 'describe', waiter: { requestId }, query });

/** A path and its virtual clock. */
export class Path {
  state: PathState;
  nowMs = 0;
  private ids = 0;
  effects: readonly PathEffect[];

  constructor(policy: Partial<PathPolicy> = {}) {
    const opened = openPath('cam', { ...POLICY, feeds: policy.source === 'static' ? [CAMERA] : [], ...policy }, this.now());
    this.state = opened.state;
    this.effects = opened.effects;
  }

  do(event: PathEvent, afterMs = 0): readonly PathEffect[] {
    this.nowMs += afterMs;
    const { state, effects } = transition(this.state, event, this.now());
    this.state = state;
    this.effects = effects;
    return effects;
  }

  publish(epoch: number, more: Partial<Publisher> = {}): void {
    this.do({ type: 'publish', requestId: `publish-${epoch}`, publisher: publisher(epoch, more) });
    this.do({ type: 'ready', epoch, tracks: [] });
  }

  private now(): { nowMs: number; freshId: string } {
    return { nowMs: this.nowMs, freshId: `source-${++this.ids}` };
  }
}

export const replies = (effects: readonly PathEffect[]): unknown[] =>
  effects.filter((effect) => effect.type === 'reply').map(({ requestId, reply }) => [requestId, reply]);
export const kinds = (effects: readonly PathEffect[]): string[] => effects.map((effect) => effect.type);
