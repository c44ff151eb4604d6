import { createHash } from 'node:crypto';
import type { PathConfig } from '@mediamesh/config';
import { comparePaths, isPatternPath } from '@mediamesh/config';
import type { PathPolicy } from './path-state.ts';
import { sourceKindOf } from './source-kind.ts';

/** What a resolved path means to its state machine. */
export function policyOf(path: PathConfig): PathPolicy {
  const source = path.source === 'publisher' || path.source === 'redirect' ? path.source : 'static';
  const commandOnDemand = source === 'publisher' && path.runOnDemand !== '';
  return {
    confName: path.name,
    source,
    sourceOnDemand: source === 'static' && path.sourceOnDemand,
    commandOnDemand,
    sourceComponent: source === 'static' ? sourceKindOf(path.source).component : '',
    startTimeoutMs: commandOnDemand ? path.runOnDemandStartTimeout : path.sourceOnDemandStartTimeout,
    closeAfterMs: commandOnDemand ? path.runOnDemandCloseAfter : path.sourceOnDemandCloseAfter,
    maxReaders: path.maxReaders,
    overridePublisher: path.overridePublisher,
    publisherGraceMs: path.publisherGrace,
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
      publisherGraceMs: path.publisherGrace,
      fingerprint: fingerprintOf(path),
    },
  };
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
