// Writes docs/grafana-dashboard.json; with --check, fails when it is out of date.
//
// node tools/grafana-dashboard.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const FILE = fileURLToPath(new URL('../docs/grafana-dashboard.json', import.meta.url));
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const COLUMNS = 3;
const PANEL = { width: 24 / COLUMNS, height: 8 };

const rate = (metric) => `rate(${metric}[$__rate_interval])`;
const bits = (metric, by) => `topk(10, sum by (${by}) (${rate(metric)})) * 8`;
const quantile = (q) => `histogram_quantile(${q}, sum by (le, service) (${rate('mediamesh_reader_first_frame_seconds_bucket')}))`;

/** Rows of panels: title, unit, and queries with their legends. */
const ROWS = {
  Streams: [
    ['Paths by state', 'short', { 'sum by (state) (paths)': '{{state}}' }],
    ['Received, by path', 'bps', { [bits('paths_inbound_bytes', 'name')]: '{{name}}' }],
    ['Sent, by path', 'bps', { [bits('paths_outbound_bytes', 'name')]: '{{name}}' }],
    ['Readers by type', 'short', { 'sum by (readerType) (paths_readers)': '{{readerType}}' }],
    ['Frames in error, by path', 'ops', { [`topk(10, sum by (name) (${rate('paths_inbound_frames_in_error')}))`]: '{{name}}' }],
    ['Forwards', 'bps', { [bits('forward_dests_outbound_bytes', 'path, protocol')]: '{{path}} {{protocol}}' }],
  ],
  Clients: [
    [
      'Sessions',
      'short',
      Object.fromEntries(
        ['rtsp_sessions', 'rtsps_sessions', 'rtmp_conns', 'rtmps_conns', 'hls_sessions', 'webrtc_sessions'].map((group) => [
          `sum(${group})`,
          group,
        ]),
      ),
    ],
    [
      'Packets lost on the way',
      'ops',
      {
        [`sum(${rate('rtsp_sessions_inbound_rtp_packets_lost')})`]: 'RTSP publishers',
        [`sum(${rate('rtsp_sessions_outbound_rtp_packets_reported_lost')})`]: 'RTSP readers, as they report',
        [`sum(${rate('webrtc_sessions_inbound_rtp_packets_lost')})`]: 'WebRTC publishers',
      },
    ],
    [
      'Discarded: readers that are too slow',
      'ops',
      {
        [`sum(${rate('rtsp_sessions_outbound_rtp_packets_discarded')})`]: 'RTSP packets',
        [`sum(${rate('rtmp_conns_outbound_frames_discarded')})`]: 'RTMP frames',
        [`sum(${rate('webrtc_sessions_outbound_frames_discarded')})`]: 'WebRTC frames',
        [`sum(${rate('hls_muxers_outbound_frames_discarded')})`]: 'HLS frames',
      },
    ],
  ],
  'Media bus and readers': [
    ['Gaps on the bus', 'ops', { [`sum by (instance, service) (${rate('mediamesh_bus_gaps_total')})`]: '{{instance}} {{service}}' }],
    [
      'Units lost on the bus',
      'ops',
      { [`sum by (instance, service) (${rate('mediamesh_bus_units_lost_total')})`]: '{{instance}} {{service}}' },
    ],
    ['Consumer lag: messages that wait', 'short', { mediamesh_bus_consumer_lag_messages: '{{instance}} {{service}}' }],
    ['Units that slow readers skipped', 'ops', { [`sum by (service) (${rate('mediamesh_reader_units_skipped_total')})`]: '{{service}}' }],
    [
      'First frame of a reader',
      's',
      { [quantile(0.5)]: '{{service}} p50', [quantile(0.95)]: '{{service}} p95', [quantile(0.99)]: '{{service}} p99' },
    ],
    ['Paths that are read', 'short', { mediamesh_paths_read: '{{instance}} {{service}}' }],
  ],
  Processes: [
    ['Event loop lag', 's', { nodejs_eventloop_lag_p99_seconds: '{{instance}} p99', nodejs_eventloop_lag_max_seconds: '{{instance}} max' }],
    [
      'Garbage collection: share of time',
      'percentunit',
      { [`sum by (instance, kind) (${rate('nodejs_gc_duration_seconds_sum')})`]: '{{instance}} {{kind}}' },
    ],
    ['CPU: cores', 'short', { [rate('process_cpu_seconds_total')]: '{{instance}}' }],
    ['Heap in use', 'bytes', { nodejs_heap_size_used_bytes: '{{instance}}', nodejs_heap_size_total_bytes: '{{instance}} total' }],
    ['Memory', 'bytes', { process_resident_memory_bytes: '{{instance}}', nodejs_external_memory_bytes: '{{instance}} buffers' }],
    ['Open files', 'short', { process_open_fds: '{{instance}}' }],
  ],
};

function dashboard() {
  const panels = [];
  let y = 0;
  for (const [title, row] of Object.entries(ROWS)) {
    panels.push({ id: panels.length + 1, type: 'row', title, collapsed: false, gridPos: { h: 1, w: 24, x: 0, y }, panels: [] });
    y++;
    for (const [index, panel] of row.entries()) {
      const gridPos = {
        h: PANEL.height,
        w: PANEL.width,
        x: (index % COLUMNS) * PANEL.width,
        y: y + Math.floor(index / COLUMNS) * PANEL.height,
      };
      panels.push(timeSeries(panels.length + 1, panel, gridPos));
    }
    y += Math.ceil(row.length / COLUMNS) * PANEL.height;
  }
  const datasource = { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus', current: {} };
  return {
    uid: 'mediamesh',
    title: 'MediaMesh',
    tags: ['mediamesh'],
    schemaVersion: 39,
    timezone: 'browser',
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [datasource] },
    panels,
  };
}

function timeSeries(id, [title, unit, queries], gridPos) {
  const targets = Object.entries(queries).map(([expr, legendFormat], index) => ({
    refId: String.fromCodePoint('A'.codePointAt(0) + index),
    datasource: DATASOURCE,
    expr,
    legendFormat,
  }));
  const fieldConfig = { defaults: { unit, min: 0, custom: { fillOpacity: 10, showPoints: 'never' } }, overrides: [] };
  const options = { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } };
  return { id, type: 'timeseries', title, datasource: DATASOURCE, gridPos, fieldConfig, options, targets };
}

const text = await format(JSON.stringify(dashboard()), { ...(await resolveConfig(FILE)), filepath: FILE });
if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  console.error('docs/grafana-dashboard.json is out of date: run tools/grafana-dashboard.mjs');
  process.exitCode = 1;
}
