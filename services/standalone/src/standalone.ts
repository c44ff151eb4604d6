import type { Config, ConfigDiff } from '@mediamesh/config';
import { GATEWAY_PROTOCOL } from '@mediamesh/gateway';
import { raiseOpenFileLimit } from '@mediamesh/net';
import { DescriptorSink, Logging, VERSION, configureLogging, openServiceApp, runService } from '@mediamesh/platform';
import type { ServiceRun } from '@mediamesh/platform';
import { ApiModule, ConfigStore, ControlApiHost, ControlService } from '@mediamesh/service-api';
import { HlsModule } from '@mediamesh/service-hls';
import type { HlsService } from '@mediamesh/service-hls';
import { RtspModule } from '@mediamesh/service-rtsp';
import type { RtspService } from '@mediamesh/service-rtsp';
import type { WebRtcService } from '@mediamesh/service-webrtc';
import { openAdmin, openStandalone } from '@mediamesh/topology';
import type { Topology } from '@mediamesh/topology';

/** Everything in one process: memory instead of NATS, the same messages. */
export function runStandalone(configFile: string | undefined): void {
  const logging = new Logging({ level: 'info', sinks: [DescriptorSink.stdout(false)] });
  let reconfigured: (diff: ConfigDiff, before: Config) => void = () => {};
  let store: ConfigStore;
  try {
    store = new ConfigStore({
      file: configFile,
      environment: process.env,
      log: (level, message) => logging.logger[level](message),
      changed: (diff, before) => reconfigured(diff, before),
    });
  } catch (error) {
    process.stdout.write(`ERR: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return;
  }
  runService({
    logging,
    start: async (run) => {
      reconfigured = await start(run, logging, store);
    },
  });
}

async function start(run: ServiceRun, logging: Logging, store: ConfigStore): Promise<(diff: ConfigDiff, before: Config) => void> {
  const { logger } = logging;
  configureLogging(logging, store.current);
  raiseOpenFileLimit();
  logger.info(`MediaMesh v${VERSION}, ${process.platform}, ${process.arch}`);
  store.introduce();

  const topology = openStandalone(run, process.env, logger);
  const readiness = await openAdmin(run, topology, { environment: process.env, logger });
  let listening = false;
  readiness.add('listeners', () => (listening ? undefined : 'not open yet'));
  const { bus } = topology;

  const apiPlatform = topology.platformOf('api');
  const api = await openServiceApp(ApiModule.register({ bus }), apiPlatform);
  run.onClose('control', () => api.close());
  const control = api.get(ControlService);
  control.configure(store);
  await apiPlatform.server.setLeading(true);
  control.lead(Math.floor(Date.now() / 1000));
  store.watch();
  run.onClose('configuration', () => store.close());

  const rtsp = await openServiceApp(RtspModule.register({ bus, environment: {} }), topology.platformOf('rtsp'));
  run.onClose('RTSP', () => rtsp.close());
  await rtsp.get<RtspService>(GATEWAY_PROTOCOL).start(run.signal);

  const hls = await openServiceApp(HlsModule.register({ bus, environment: {} }), topology.platformOf('hls'));
  run.onClose('HLS', () => hls.close());
  await hls.get<HlsService>(GATEWAY_PROTOCOL).start(run.signal);

  let webrtc: Promise<void> | undefined = store.current.webrtc ? openWebRtc(run, topology) : undefined;
  await webrtc;

  const http = new ControlApiHost({ control, client: apiPlatform.client, logger, identity: apiPlatform.identity });
  run.onClose('Control API', () => http.close());
  await http.open();
  listening = true;
  for (const line of firstSteps(store.current)) logger.info(line);
  return (diff, before) => {
    if (diff.restart.has('logger')) configureLogging(logging, store.current);
    control.reconfigured(diff, before);
    if (store.current.webrtc) webrtc ??= openWebRtc(run, topology).catch((error: unknown) => logger.error('WebRTC is off', error));
    void http.reconfigured(diff);
  };
}

/** Loaded only when it is wanted. */
async function openWebRtc(run: ServiceRun, topology: Topology): Promise<void> {
  const { WebRtcModule } = await import('@mediamesh/service-webrtc');
  const webrtc = await openServiceApp(WebRtcModule.register({ bus: topology.bus, environment: {} }), topology.platformOf('webrtc'));
  run.onClose('WebRTC', () => webrtc.close());
  await webrtc.get<WebRtcService>(GATEWAY_PROTOCOL).start(run.signal);
}

/** What a person can try now. */
function firstSteps({ rtsp, rtspEncryption, rtspAddress, webrtc, webrtcAddress, webrtcEncryption }: Config): readonly string[] {
  if (!rtsp || rtspEncryption === 'strict') return [];
  const url = `rtsp://localhost:${rtspAddress.substring(rtspAddress.lastIndexOf(':') + 1)}/mystream`;
  const page = `${webrtcEncryption ? 'https' : 'http'}://localhost:${webrtcAddress.substring(webrtcAddress.lastIndexOf(':') + 1)}/mystream/`;
  return [
    `publish:  ffmpeg -re -stream_loop -1 -i file.mp4 -c copy -f rtsp ${url}`,
    `watch:    ffplay ${url}    (or VLC: Media, Open Network Stream)`,
    ...(webrtc && !webrtcAddress.startsWith('unix:') ? [`browser:  ${page}`] : []),
  ];
}
