import type PromClient from 'prom-client';
import { metricText } from './metric-family.ts';
import type { MetricFamily } from './metric-family.ts';

/** Called at each scrape. */
export type MetricSource = () => readonly MetricFamily[];

/**
 * Prometheus metrics of the process itself: event loop, memory, garbage collection, and what its services add.
 * (MediaMTX's metrics are the API's.) Nothing is loaded before the first scrape, so they cost no start-up time.
 */
export class ServiceMetrics {
  private readonly sources: MetricSource[] = [];
  private loaded: Promise<PromClient.Registry> | undefined;

  add(source: MetricSource): void {
    this.sources.push(source);
  }

  async text(): Promise<{ contentType: string; body: string }> {
    this.loaded ??= loadDefaults();
    const registry = await this.loaded;
    const own = metricText(this.sources.flatMap((source) => source()));
    return { contentType: registry.contentType, body: `${await registry.metrics()}${own}` };
  }
}

async function loadDefaults(): Promise<PromClient.Registry> {
  const { default: client } = await import('prom-client');
  const registry = new client.Registry();
  client.collectDefaultMetrics({ register: registry });
  // Gauges with the name of a counter, which promtool refuses; the same figures are there by type.
  for (const what of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${what}_total`);
  return registry;
}
