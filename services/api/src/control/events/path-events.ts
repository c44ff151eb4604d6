import { SLATE_SOURCE } from '@mediamesh/contracts';
import type { PathState, Publisher } from '../paths/path-state.ts';
import type { EventDraft } from './control-event.ts';

/** What users are told when a path goes from one state to another; undefined is a path that is not there. Pure. */
export function pathEvents(path: string, before: PathState | undefined, after: PathState | undefined): readonly EventDraft[] {
  const events: EventDraft[] = [];
  const add = (kind: EventDraft['kind'], data: EventDraft['data']): void => void events.push({ kind, path, data });
  const old = streaming(before);
  const young = streaming(after);
  const isSame = old?.epoch === young?.epoch;
  if (isAvailable(before) && !isAvailable(after)) add('path.unavailable', {});
  if (old !== undefined && !isSame && !isSlate(old)) add('session.closed', { action: 'publish', type: old.sourceType, id: old.sessionId });
  if (young !== undefined && !isSame) {
    if (!isSlate(young)) add('session.opened', { action: 'publish', type: young.sourceType, id: young.sessionId });
    if (!isSlate(young) || !isAvailable(before)) {
      add('path.available', { sourceType: young.sourceType, sourceId: young.sessionId, tracks: young.tracks.map(({ codec }) => codec) });
    }
  }
  if (before?.lastSource !== undefined && after?.lastSource !== undefined && before.lastSource !== after.lastSource) {
    add('source.switched', { source: after.lastSource });
  }
  const readers = (state: PathState | undefined): PathState['readers'] => state?.readers ?? new Map();
  if (readers(before) === readers(after)) return events;
  for (const { sessionId, type } of readers(before).values()) {
    if (!readers(after).has(sessionId) && type !== 'hlsMuxer') add('session.closed', { action: 'read', type, id: sessionId });
  }
  for (const { sessionId, type } of readers(after).values()) {
    if (!readers(before).has(sessionId) && type !== 'hlsMuxer') add('session.opened', { action: 'read', type, id: sessionId });
  }
  return events;
}

/** One whose readers wait for another publisher is still there. */
function isAvailable(state: PathState | undefined): boolean {
  return state?.availableSinceMs !== undefined || streaming(state) !== undefined;
}

function isSlate({ sourceType }: Publisher): boolean {
  return sourceType === SLATE_SOURCE;
}

function streaming(state: PathState | undefined): Publisher | undefined {
  return state?.publisher?.readySinceMs === undefined ? undefined : state.publisher;
}
