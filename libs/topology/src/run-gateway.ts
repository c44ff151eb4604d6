import { GATEWAY_PROTOCOL } from '@mediamesh/gateway';
import type { GatewayModuleOptions, GatewayService } from '@mediamesh/gateway';
import { raiseOpenFileLimit } from '@mediamesh/net';
import { DescriptorSink, Logging, VERSION, configureLogging, openServiceApp, reconfigureLogging, runService } from '@mediamesh/platform';
import type { DynamicModule } from '@nestjs/common';
import { openAdmin } from './admin.ts';
import { openNats } from './nats.ts';

/** A gateway as a process of its own, with NATS between it and the others. `name` is for people, `service` for other services. */
export function runGateway(gateway: {
  readonly name: string;
  readonly service: string;
  register(options: GatewayModuleOptions): DynamicModule;
}): void {
  const { name, service } = gateway;
  const logging = new Logging({ level: 'info', sinks: [DescriptorSink.stdout(false)] });
  const { logger } = logging;
  const environment = process.env;
  let configure = configureLogging;
  runService({
    logging,
    start: async (run) => {
      raiseOpenFileLimit();
      logger.info(`MediaMesh v${VERSION}, ${name} gateway, ${process.platform}, ${process.arch}`);
      const topology = await openNats(run, service, environment, logger);
      const readiness = await openAdmin(run, topology, { environment, logger });
      let listening = false;
      readiness.add('listeners', () => (listening ? undefined : 'not open yet'));
      const configureLog: GatewayModuleOptions['configureLog'] = (settings) => {
        configure(logging, settings);
        configure = reconfigureLogging;
      };
      const app = await openServiceApp(gateway.register({ bus: topology.bus, environment, configureLog }), topology.platformOf(service));
      run.onClose(name, () => app.close());
      await app.get<GatewayService>(GATEWAY_PROTOCOL).start(run.signal);
      listening = true;
    },
  });
}
