import type { Config, ConfigDiff } from '@mediamesh/config';
import { DescriptorSink, Logging, VERSION, configureLogging, openServiceApp, reconfigureLogging, runService } from '@mediamesh/platform';
import type { Platform } from '@mediamesh/platform';
import { openAdmin, openNats } from '@mediamesh/topology';
import { ApiModule } from './api.module.ts';
import { ConfigStore } from './control/config-store.ts';
import { ControlService } from './control/control-service.ts';
import { Leadership } from './control/leadership/leadership.ts';
import { NatsLeaseStore } from './control/leadership/nats-lease-store.ts';
import { ControlHttpHost } from './http/control-http-host.ts';

/** Gateways announce themselves every second. */
const DISCOVERY_MS = 1_500;

/** The control service as a process of its own: one of its replicas leads, the others stand by. */
export function runApi(): void {
  const logging = new Logging({ level: 'info', sinks: [DescriptorSink.stdout(false)] });
  const { logger } = logging;
  const environment = process.env;
  let reconfigured: (diff: ConfigDiff, before: Config) => void = () => {};
  runService({
    logging,
    start: async (run) => {
      logger.info(`MediaMesh v${VERSION}, control service, ${process.platform}, ${process.arch}`);
      const store = new ConfigStore({
        file: process.argv[2],
        environment,
        log: (level, message) => logger[level](message),
        changed: (diff: ConfigDiff, before: Config) => {
          if (diff.restart.has('logger')) reconfigureLogging(logging, store.current);
          reconfigured(diff, before);
        },
      });
      configureLogging(logging, store.current);
      store.introduce();
      await store.prepare();
      store.watch();
      run.onClose('configuration', () => store.close());

      const topology = await openNats(run, 'api', environment, logger);
      await openAdmin(run, topology, { environment, logger });
      const platform = topology.platformOf('api');
      const app = await openServiceApp(ApiModule.register({ bus: topology.bus, discoveryMs: DISCOVERY_MS }), platform);
      run.onClose('control', () => app.close());
      const service = app.get(ControlService);
      service.configure(store);
      // Whoever leads knows the paths: the others have nothing to tell.
      const http = new ControlHttpHost({ control: service, client: platform.client, logger, identity: platform.identity });
      run.onClose('HTTP servers of control', () => http.close());
      reconfigured = (diff, before) => {
        if (service.term === 0) return; // it stands by, or is about to lead with the whole configuration
        service.reconfigured(diff, before);
        void http.reconfigured(diff);
      };
      const leadership = leadershipOf(
        { store, control: service, http, platform },
        new NatsLeaseStore(topology.connection, topology.settings.prefix),
      );
      leadership.start();
      run.onClose('leadership', () => leadership.stop());
    },
  });
}

interface LeadingParts {
  readonly store: ConfigStore;
  readonly control: ControlService;
  readonly http: ControlHttpHost;
  readonly platform: Platform;
}

function leadershipOf({ store, control, http, platform }: LeadingParts, lease: NatsLeaseStore): Leadership {
  const { server, identity, logger } = platform;
  return new Leadership({
    store: lease,
    holder: identity.id,
    nowMs: () => performance.now(),
    log: (level, message) => logger[level](message),
    lead: async (revision) => {
      const term = Math.max(revision, control.highestTerm) + 1;
      logger.info(`leads the control plane, term ${term}`);
      await store.begin();
      control.configure(store);
      control.lead(term);
      await server.setLeading(true);
      await http.open().catch((error: unknown) => logger.error(`an HTTP server of control is off: ${String(error)}`));
    },
    stepDown: async (why) => {
      logger.warn(`leads the control plane no longer: ${why}`);
      store.end();
      await server.setLeading(false);
      control.stepDown(`this replica leads no longer: ${why}`);
      await http.close();
    },
  });
}
