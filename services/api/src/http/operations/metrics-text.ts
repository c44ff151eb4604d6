import type { Config } from '@mediamesh/config';
import type { SessionKind } from '@mediamesh/contracts';
import type { SessionRow } from '../gateways.ts';
import type { PathObject } from '../path-object.ts';
import { sampleLine } from './exposition.ts';
import type { Label } from './exposition.ts';
import { healthLines } from './health-metrics.ts';
import { SESSION_METRICS, metricSuffix } from './session-metrics.ts';
import type { SessionMetrics } from './session-metrics.ts';

/** What is measured at one moment. */
export interface Measured {
  readonly config: Config;
  readonly paths: readonly PathObject[];
  readonly forwards: readonly ForwardRow[];
  readonly sessions: ReadonlyMap<SessionKind, readonly SessionRow[]>;
}

export interface ForwardRow {
  readonly id: string;
  readonly path: string;
  readonly protocol: string;
  readonly state: string;
  readonly outboundBytes: number;
}

type Query = Readonly<Record<string, string>>;

const FILTERS = ['path', 'forward_dest', ...SESSION_METRICS.map(({ filter }) => filter)];
const PATH_FIELDS = ['inboundBytes', 'outboundBytes', 'inboundFramesInError'] as const;
const OLD_PATH_FIELDS = ['bytesReceived', 'bytesSent'] as const;

/**
 * The answer to `GET /metrics`.
 *
 * Shape:  a group a kind of object, each with a headline and an empty line behind it; every object has all metrics of its group.
 *         A group without objects has zeros without labels, unless a filter asked for one of them.
 * Source: contract 3.
 */
export function metricsText(measured: Measured, query: Query): string {
  const isFiltered = FILTERS.some((name) => wanted(query, name) !== undefined);
  const isSelected = (type: string, ...filters: readonly string[]): boolean =>
    (query['type'] || type) === type && (!isFiltered || filters.some((name) => wanted(query, name) !== undefined));
  let text = '';
  if (isSelected('paths', 'path')) text += pathGroups(measured.paths, wanted(query, 'path'));
  if (isSelected('forward_dests', 'path', 'forward_dest')) text += forwardGroup(measured.forwards, query);
  for (const metrics of SESSION_METRICS) {
    if (!metrics.isServed(measured.config) || !isSelected(metrics.type, metrics.filter)) continue;
    const rows = metrics.kind === undefined ? undefined : measured.sessions.get(metrics.kind);
    text += sessionGroups(metrics, rows ?? [], wanted(query, metrics.filter));
  }
  if (isSelected('mediamesh_streams', 'path')) text += healthGroup(measured.paths, wanted(query, 'path'));
  return text;
}

/** An empty value is none. */
function wanted(query: Query, name: string): string | undefined {
  return query[name] || undefined;
}

function group(title: string, lines: Iterable<string>): string {
  return `# ${title}\n${[...lines].join('')}\n`;
}

function pathGroups(paths: readonly PathObject[], name: string | undefined): string {
  if (paths.length === 0) {
    if (name !== undefined) return '';
    const zeros = (fields: readonly string[]): string[] => fields.map((field) => sampleLine(`paths_${metricSuffix(field)}`, [], 0));
    return (
      group('Paths', [sampleLine('paths', [], 0), ...zeros(PATH_FIELDS)]) +
      group('Paths (deprecated)', zeros([...OLD_PATH_FIELDS, 'readers']))
    );
  }
  const shown = paths.filter((path) => name === undefined || path.name === name);
  return group('Paths', shown.map(pathLines)) + group('Paths (deprecated)', shown.map(oldPathLines));
}

function pathLines(path: PathObject): string {
  const labels = pathLabels(path);
  const [nameLabel, stateLabel] = labels;
  const readers = [...Map.groupBy(path.readers, ({ type }) => type)].sort(([a], [b]) => (a < b ? -1 : 1));
  const counts = readers.length === 0 ? [['', 0] as const] : readers.map(([type, { length }]) => [type, length] as const);
  return [
    sampleLine('paths', labels, 1),
    ...counts.map(([type, count]) => sampleLine('paths_readers', [nameLabel, ['readerType', type], stateLabel], count)),
    ...PATH_FIELDS.map((field) => sampleLine(`paths_${metricSuffix(field)}`, labels, path[field])),
  ].join('');
}

function oldPathLines(path: PathObject): string {
  return OLD_PATH_FIELDS.map((field) => sampleLine(`paths_${metricSuffix(field)}`, pathLabels(path), path[field])).join('');
}

function pathLabels({ name, ready }: PathObject): readonly [Label, Label] {
  return [
    ['name', name],
    ['state', ready ? 'ready' : 'notReady'],
  ];
}

/** Beyond MediaMTX. */
function healthGroup(paths: readonly PathObject[], name: string | undefined): string {
  const lines = paths.filter((path) => name === undefined || path.name === name).map(healthLines);
  return lines.every((line) => line === '') ? '' : group('Health of streams', lines);
}

function forwardGroup(forwards: readonly ForwardRow[], query: Query): string {
  const path = wanted(query, 'path');
  const id = wanted(query, 'forward_dest');
  const shown = forwards.filter((row) => (path ?? row.path) === row.path && (id ?? row.id) === row.id);
  const title = 'Forward destinations';
  if (shown.length > 0) return group(title, shown.map(forwardLines));
  if (query['type'] !== 'forward_dests' || path !== undefined || id !== undefined) return '';
  return group(title, [sampleLine('forward_dests', [], 0), sampleLine('forward_dests_outbound_bytes', [], 0)]);
}

function forwardLines({ id, path, protocol, state, outboundBytes }: ForwardRow): string {
  const labels: readonly Label[] = Object.entries({ id, path, protocol, state });
  return sampleLine('forward_dests', labels, 1) + sampleLine('forward_dests_outbound_bytes', labels, outboundBytes);
}

function sessionGroups(metrics: SessionMetrics, rows: readonly SessionRow[], wantedKey: string | undefined): string {
  if (rows.length === 0 && wantedKey !== undefined) return '';
  const { type, title, key, fields, deprecated } = metrics;
  const shown: readonly (SessionRow | undefined)[] =
    rows.length === 0 ? [undefined] : rows.filter((row) => wantedKey === undefined || row[key] === wantedKey);
  const linesOf = (row: SessionRow | undefined, names: readonly string[]): string => {
    const labels = row === undefined ? [] : labelsOf(metrics, row);
    return names.map((field) => sampleLine(`${type}_${metricSuffix(field)}`, labels, Number(row?.[field] ?? 0))).join('');
  };
  const counted = (row: SessionRow | undefined): string =>
    sampleLine(type, row === undefined ? [] : labelsOf(metrics, row), row === undefined ? 0 : 1);
  const current = group(
    title,
    shown.map((row) => counted(row) + linesOf(row, fields)),
  );
  if (deprecated.length === 0) return current;
  return (
    current +
    group(
      `${title} (deprecated)`,
      shown.map((row) => linesOf(row, deprecated)),
    )
  );
}

function labelsOf({ labels }: SessionMetrics, row: SessionRow): readonly Label[] {
  return labels.map(([label, field]) => [label, textOf(row[field])]);
}

function textOf(value: SessionRow[string]): string {
  return typeof value === 'string' ? value : '';
}
