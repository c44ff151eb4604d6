import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lifetime, REPOSITORY, TemporaryFolder, createCertificate, standalone } from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

const DASHBOARD: Dashboard = JSON.parse(readFileSync(join(REPOSITORY, 'docs', 'grafana-dashboard.json'), 'utf8'));
/** Words of PromQL that no parenthesis follows, and labels. */
const KEYWORDS = ['sum', 'by', 'without', 'on', 'le', 'service', 'instance', 'kind', 'name', 'path', 'protocol', 'state', 'readerType'];

// One process has the metrics of all services.
const lifetime = new Lifetime();
const folder = lifetime.own(new TemporaryFolder());
let product: Product;

beforeAll(async () => {
  const { keyFile, certificateFile } = await createCertificate(folder);
  const secure = { rtspServerKey: keyFile, rtspServerCert: certificateFile, rtmpServerKey: keyFile, rtmpServerCert: certificateFile };
  const all = { rtspEncryption: 'optional', rtmp: true, rtmpEncryption: 'optional', hls: true, webrtc: true, metrics: true };
  const paths = { pushed: { forward: [{ dest: 'rtmp://127.0.0.1:1/nowhere' }] } };
  product = lifetime.own(await standalone.start({ ...all, ...secure, paths }));
});
afterAll(() => lifetime.end());

/** Names that a server shows: of samples, and of families without any yet. */
async function namesAt(port: number): Promise<readonly string[]> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return text.split('\n').flatMap((line) => {
    const family = /^# TYPE (\w+) (\w+)/.exec(line);
    if (family !== null)
      return family[2] === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => `${family[1]}${suffix}`) : [family[1]!];
    return /^[a-z]\w*/.exec(line)?.[0] ?? [];
  });
}

/** What is left of an expression without labels, ranges, texts and functions. */
function metricsOf(expr: string): readonly string[] {
  const bare = expr
    .replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ')
    .replace(/\w+(?=\s*\()/g, (word) => (KEYWORDS.includes(word) ? word : ' '));
  return [...bare.matchAll(/[a-z_]\w*/gi)].map(([word]) => word).filter((word) => !KEYWORDS.includes(word));
}

test.each([
  ['sum by (le, service) (rate(a_bucket{state="ready"}[$__rate_interval])) * 8', ['a_bucket']],
  ['topk(10, a_total) / on (name) b_total', ['a_total', 'b_total']],
])('the metrics of %s', (expr, metrics) => {
  expect(metricsOf(expr)).toEqual(metrics);
});

test('the dashboard asks only for metrics that a server has', async () => {
  const shown = new Set([...(await namesAt(product.ports.metrics)), ...(await namesAt(product.ports.admin))]);
  const asked = DASHBOARD.panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsOf(expr)));
  expect(new Set(asked).size).toBeGreaterThan(30);
  expect(asked.filter((name) => !shown.has(name))).toEqual([]);
});
