import { sendPlain } from '@mediamesh/http';
import type { ControlApiOptions } from '../control-api.ts';
import { Gateways, mergedRows } from '../gateways.ts';
import type { GatewaySnapshot } from '../gateways.ts';
import type { OpenControlApi } from '../open-control-api.ts';
import { pathObjectOf } from '../path-object-of.ts';
import { metricsText } from './metrics-text.ts';
import type { Measured } from './metrics-text.ts';
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
      const measured = measure(options, await gateways.snapshot(KINDS, response));
      sendPlain(response, metricsText(measured, request.query));
      return true;
    };
  });
}

function measure({ control }: ControlApiOptions, { sessions, paths }: GatewaySnapshot): Measured {
  const wallOffsetMs = Date.now() - control.clock.nowMs();
  const context = { config: control.config, wallMs: (clockMs: number) => clockMs + wallOffsetMs };
  return {
    config: control.config,
    paths: [...control.paths.states()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((state) => pathObjectOf(state, paths.get(state.name) ?? [], context)),
    forwards: [],
    // What instances make of a path is one muxer.
    sessions: new Map([...sessions, ['hlsMuxer', mergedRows(sessions.get('hlsMuxer') ?? [], 'path')]]),
  };
}
