import type { MediaBus } from '@mediamesh/bus';
import type { Platform, ServiceMetrics } from '@mediamesh/platform';

/** What services meet on: a control wire and a media bus. No service can tell which. */
export interface Topology {
  readonly bus: MediaBus;
  /** Of this process: services add theirs. */
  readonly metrics: ServiceMetrics;
  /** For readiness: what is connected. */
  readonly connected: () => { readonly control: boolean; readonly media: boolean };
  /** The platform of one service of this process. Errors: EnvironmentError. */
  platformOf(service: string): Platform;
}
