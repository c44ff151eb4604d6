import { GATEWAY_PROTOCOL } from '@mediamesh/gateway';
import { raiseOpenFileLimit } from '@mediamesh/net';
import { DescriptorSink, Logging, VERSION, configureLogging, openServiceApp, runService } from '@mediamesh/platform';
import { openAdmin, openNats } from '@mediamesh/topology';
import { WebRtcModule } from './webrtc.module.ts';
import type { WebRtcService } from './webrtc-service.ts';

/** The WebRTC gateway as a process of its own, with NATS between it and the others. */
export function runWebRtc(): void {
  const logging = new Logging({ level: 'info', sinks: [DescriptorSink.stdout(false)] });
  const { logger } = logging;
  const environment = process.env;
  runService({
    logging,
    start: async (run) => {
      raiseOpenFileLimit();
      logger.info(`MediaMesh v${VERSION}, WebRTC gateway, ${process.platform}, ${process.arch}`);
      const topology = await openNats(run, 'webrtc', environment, logger);
      const readiness = await openAdmin(run, topology, { environment, logger });
      let listening = false;
      readiness.add('listeners', () => (listening ? undefined : 'not open yet'));
      const app = await openServiceApp(WebRtcModule.register({ bus: topology.bus, environment }), topology.platformOf('webrtc'));
      run.onClose('WebRTC', () => app.close());
      const service = app.get<WebRtcService>(GATEWAY_PROTOCOL);
      await service.start(run.signal);
      configureLogging(logging, service.logSettings);
      listening = true;
    },
  });
}
