import { createHash } from 'node:crypto';
import type { PathConfig } from '@mediamesh/config';
import { comparePaths, isPatternPath } from '@mediamesh/config';
import type { FeedPolicy, PathPolicy } from './path-state.ts';
import { sourceKindOf } from './source-kind.ts';

/** Readers wait for the slate or a backup this long: longer than the way to a key frame (CALL_DEADLINE_MS). */
const FAIL_OVER_GRACE_MS = 15_000;

/** What a resolved path means to its state machine. */
export function policyOf(path: PathConfig): PathPolicy {
  const source = path.source === 'publisher' || path.source === 'redirect' ? path.source : 'static';
  const feeds = feedsOf(path);
  const publisherGraceMs =
    feeds.length > 1 || path.alwaysAvailable ? Math.max(path.publisherGrace, FAIL_OVER_GRACE_MS) : path.publisherGrace;
  const commandOnDemand = source === 'publisher' && path.runOnDemand !== '';
  return {
    confName: path.name,
    source,
    sourceOnDemand: source === 'static' && path.sourceOnDemand,
    commandOnDemand,
    feeds,
    silenceTimeoutMs: path.sourceSilenceTimeout,
    recoveryDelayMs: path.sourceRecoveryDelay,
    startTimeoutMs: commandOnDemand ? path.runOnDemandStartTimeout : path.sourceOnDemandStartTimeout,
    closeAfterMs: commandOnDemand ? path.runOnDemandCloseAfter : path.sourceOnDemandCloseAfter,
    maxReaders: path.maxReaders,
    overridePublisher: path.overridePublisher,
    publisherGraceMs,
    redirectTo: path.sourceRedirect,
    fallback: path.fallback ?? '',
    permanent: !isPatternPath(path.name),
    healthAlerts: path.healthAlerts,
    settings: {
      confName: path.name,
      gopCache: path.gopCache,
      useAbsoluteTimestamp: path.useAbsoluteTimestamp,
      rtspDemuxMpegts: path.rtspDemuxMpegts,
      sourceOnDemand: source === 'static' && path.sourceOnDemand,
      publisherGraceMs,
      fingerprint: fingerprintOf(path),
    },
  };
}

/** URLs of the sources that gateways pull, the best first. */
export function sourceUrlsOf(path: PathConfig): readonly string[] {
  return path.source === 'publisher' || path.source === 'redirect' ? [] : [path.source, ...path.sourceBackups];
}

function feedsOf(path: PathConfig): readonly FeedPolicy[] {
  const sources = sourceUrlsOf(path).map((url): FeedPolicy => ({ kind: 'source', component: sourceKindOf(url).component }));
  return path.alwaysAvailable ? [...sources, { kind: 'slate', component: 'slate' }] : sources;
}

/** Whether a path that is alive can take another configuration without being closed. */
export function canTake(before: PathConfig, after: PathConfig): boolean {
  return comparePaths(before, after) !== 'recreate';
}

const fingerprints = new WeakMap<PathConfig, string>();

/** Of everything that the path is configured with: between authorization and publishing it must not have changed. */
function fingerprintOf(path: PathConfig): string {
  let fingerprint = fingerprints.get(path);
  if (fingerprint === undefined) {
    fingerprint = createHash('sha256').update(JSON.stringify(path)).digest('base64url').substring(0, 16);
    fingerprints.set(path, fingerprint);
  }
  return fingerprint;
}
