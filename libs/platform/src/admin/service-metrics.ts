import type PromClient from 'prom-client';

/** Adds metrics to a registry when the first scrape comes; counters are best pulled in `collect`. */
export type DefineMetrics = (client: typeof PromClient, registry: PromClient.Registry) => void;

/**
 * Prometheus metrics of the process itself: event loop, memory, garbage collection, and what services define.
 * (MediaMTX's metrics are the API's.) Nothing is loaded before the first scrape, so they cost no start-up time.
 */
export class ServiceMetrics {
  readonly #definitions: DefineMetrics[] = [];
  #loaded: Promise<{ client: typeof PromClient; registry: PromClient.Registry }> | undefined;

  define(definition: DefineMetrics): void {
    if (this.#loaded === undefined) this.#definitions.push(definition);
    else void this.#loaded.then(({ client, registry }) => definition(client, registry));
  }

  async text(): Promise<{ contentType: string; body: string }> {
    this.#loaded ??= this.#load();
    const { registry } = await this.#loaded;
    return { contentType: registry.contentType, body: await registry.metrics() };
  }

  async #load(): Promise<{ client: typeof PromClient; registry: PromClient.Registry }> {
    const { default: client } = await import('prom-client');
    const registry = new client.Registry();
    client.collectDefaultMetrics({ register: registry });
    // Gauges with the name of a counter, which promtool refuses; the same figures are there by type.
    for (const what of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${what}_total`);
    for (const definition of this.#definitions) definition(client, registry);
    return { client, registry };
  }
}
