import { GATEWAY_PROTOCOL } from '@mediamesh/gateway';
import { raiseOpenFileLimit } from '@mediamesh/net';
import { DescriptorSink, Logging, VERSION, configureLogging, openServiceApp, runService } from '@mediamesh/platform';
import { openAdmin, openNats } from '@mediamesh/topology';
import { RtspModule } from './rtsp.module.ts';
import type { RtspService } from './rtsp-service.ts';

/** The RTSP gateway as a process of its own, with NATS between it and the others. */
export function runRtsp(): void {
  const logging = new Logging({ level: 'info', sinks: [DescriptorSink.stdout(false)] });
  const { logger } = logging;
  const environment = process.env;
  runService({
    logging,
    start: async (run) => {
      raiseOpenFileLimit();
      logger.info(`MediaMesh v${VERSION}, RTSP gateway, ${process.platform}, ${process.arch}`);
      const topology = await openNats(run, 'rtsp', environment, logger);
      const readiness = await openAdmin(run, topology, { environment, logger });
      let listening = false;
      readiness.add('listeners', () => (listening ? undefined : 'not open yet'));
      const app = await openServiceApp(RtspModule.register({ bus: topology.bus, environment }), topology.platformOf('rtsp'));
      run.onClose('RTSP', () => app.close());
      const service = app.get<RtspService>(GATEWAY_PROTOCOL);
      await service.start(run.signal);
      configureLogging(logging, service.logSettings);
      listening = true;
    },
  });
}
