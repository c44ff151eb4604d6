import type { ForwardStatus } from '@mediamesh/contracts';
import { sendPlain } from '@mediamesh/http';
import { forwardProtocol } from '../../control/forwards/forward-director.ts';
import type { Forward } from '../../control/forwards/forward-director.ts';
import type { ControlApiOptions } from '../control-api.ts';
import { Gateways, mergedRows } from '../gateways.ts';
import type { GatewaySnapshot } from '../gateways.ts';
import type { OpenControlApi } from '../open-control-api.ts';
import { pathObjectOf } from '../path-object-of.ts';
import { metricsText } from './metrics-text.ts';
import type { ForwardRow, Measured } from './metrics-text.ts';
import { openOperationsServer } from './open-operations-server.ts';
import { SESSION_METRICS } from './session-metrics.ts';

const KINDS = SESSION_METRICS.flatMap(({ kind }) => (kind === undefined ? [] : [kind]));

/**
 * Serves `/metrics` under MediaMTX's names. Nothing is counted for it: all instances are asked when somebody asks.
 * Errors: ListenError, CertificateError; nothing is left open then.
 */
export function openMetrics(options: ControlApiOptions): Promise<OpenControlApi> {
  const { control, client } = options;
  return openOperationsServer('metrics', options, ({ logger, closing }) => {
    const gateways = new Gateways({ control, client, logger, closing });
    return async (request, response) => {
      if (request.path !== '/metrics') return false;
      const snapshot = await gateways.snapshot(KINDS, response);
      const forwards = forwardsOf(options);
      const statuses = await gateways.forwards(forwards, response);
      const rows = forwards.map((forward) => forwardRow(forward, statuses.get(forward.id)));
      sendPlain(response, metricsText(measure(options, snapshot, rows), request.query));
      return true;
    };
  });
}

type PathForward = Forward & { readonly path: string };

function forwardsOf({ control }: ControlApiOptions): readonly PathForward[] {
  const names = [...control.paths.states()].map(({ name }) => name).sort();
  return names.flatMap((path) => control.forwards.of(path).map((forward) => ({ ...forward, path })));
}

/** One that no gateway has yet is idle. */
function forwardRow({ id, path, conf }: PathForward, status: ForwardStatus | undefined): ForwardRow {
  return { id, path, protocol: forwardProtocol(conf.dest), state: status?.state ?? 'idle', outboundBytes: status?.outboundBytes ?? 0 };
}

function measure({ control }: ControlApiOptions, { sessions, paths }: GatewaySnapshot, forwards: readonly ForwardRow[]): Measured {
  const wallOffsetMs = Date.now() - control.clock.nowMs();
  const context = { control, wallMs: (clockMs: number) => clockMs + wallOffsetMs };
  return {
    config: control.config,
    paths: [...control.paths.states()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((state) => pathObjectOf(state, paths.get(state.name) ?? [], context)),
    forwards,
    // What instances make of a path is one muxer.
    sessions: new Map([...sessions, ['hlsMuxer', mergedRows(sessions.get('hlsMuxer') ?? [], 'path')]]),
  };
}
