import type { PathConfig } from '@mediamesh/config';
import { SLATE_SOURCE } from '@mediamesh/contracts';
import type { HookOrder } from '@mediamesh/contracts';
import { isAlwaysAvailable } from '../paths/path-state.ts';
import type { PathState } from '../paths/path-state.ts';

/** Keys of commands that run while something lasts, with those of what is launched when it is over. Contract 4.1. */
const OCCASIONS = {
  init: ['runOnInit', undefined],
  demand: ['runOnDemand', 'runOnUnDemand'],
  available: ['runOnAvailable', 'runOnUnavailable'],
  online: ['runOnOnline', 'runOnOffline'],
  read: ['runOnRead', 'runOnUnread'],
} as const;
type Occasion = keyof typeof OCCASIONS;

export interface HookedPath {
  readonly config: PathConfig;
  /** Of the regular expression. */
  readonly captures: readonly string[];
  /** Of `rtspAddress`. */
  readonly rtspPort: string;
}

/** Whether the configuration of a path has commands at all. */
export function hasPathHooks(config: PathConfig): boolean {
  return Object.values(OCCASIONS).some(([during, after]) => config[during] !== '' || (after !== undefined && config[after] !== ''));
}

/**
 * The commands that are to run on a path: nothing but what it is in. Those that run and are not among them are over.
 *
 * Shape:   by id; an id is the same for the same occasion, whoever asks.
 * Source:  contract 4.1, 4.2.
 */
export function pathHooks(state: PathState, path: HookedPath): ReadonlyMap<string, HookOrder> {
  const hooks = new Map<string, HookOrder>();
  const add = (occasion: Occasion, of: string, environment: Record<string, string>): void => {
    const order = orderOf(occasion, of, { state, path, environment });
    if (order !== undefined) hooks.set(order.hookId, order);
  };
  if (state.policy.permanent) add('init', '', {});
  if (state.policy.commandOnDemand && state.onDemand.phase !== 'off') add('demand', '', { MTX_QUERY: formEncoded(state.query) });
  addStreamHooks(state, add);
  if (path.config.runOnRead === '' && path.config.runOnUnread === '') return hooks;
  for (const { sessionId, type, query } of state.readers.values()) {
    if (type === 'hlsMuxer') continue; // its sessions read
    add('read', sessionId, { MTX_QUERY: formEncoded(query), MTX_READER_TYPE: type, MTX_READER_ID: sessionId });
  }
  return hooks;
}

/** With a slate the stream is there whoever publishes, so it has no source. */
function addStreamHooks(state: PathState, add: (occasion: Occasion, of: string, environment: Record<string, string>) => void): void {
  const { publisher } = state;
  const hasSlate = isAlwaysAvailable(state.policy);
  if (hasSlate && state.availableSinceMs !== undefined) add('available', '', { MTX_QUERY: '' });
  if (publisher?.readySinceMs === undefined) return;
  const isStatic = state.policy.source === 'static';
  const environment = {
    MTX_QUERY: isStatic ? '' : formEncoded(publisher.query),
    MTX_SOURCE_TYPE: publisher.sourceType,
    MTX_SOURCE_ID: isStatic ? '' : publisher.sessionId,
  };
  if (!hasSlate) add('available', String(publisher.epoch), environment);
  if (publisher.sourceType !== SLATE_SOURCE) add('online', String(publisher.epoch), environment);
}

function orderOf(
  occasion: Occasion,
  of: string,
  { state, path, environment }: { state: PathState; path: HookedPath; environment: Record<string, string> },
): HookOrder | undefined {
  const { config, captures, rtspPort } = path;
  const [during, after] = OCCASIONS[occasion];
  const command = config[during];
  const later = after === undefined ? '' : config[after];
  if (command === '' && later === '') return undefined;
  return {
    hookId: `${occasion} ${state.name} ${of}`,
    owner: { path: state.name },
    during: { hook: during, command, restart: config[`${during}Restart`] },
    ...(after === undefined ? {} : { after: { hook: after, command: later, restart: false } }),
    environment: {
      MTX_PATH: state.name,
      RTSP_PATH: state.name,
      RTSP_PORT: rtspPort,
      ...Object.fromEntries(captures.map((capture, index) => [`G${index + 1}`, capture])),
      ...environment,
    },
    components: [`path ${state.name}`],
  };
}

/** As a form sends it: a value of letters, digits and `-_.~%+` alone, whatever the client sent. Contract 4.2. */
function formEncoded(query: string): string {
  return encodeURIComponent(query.toWellFormed())
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
