import type { Config, ConfigDiff } from '@mediamesh/config';
import { GATEWAY_PROTOCOL } from '@mediamesh/gateway';
import { raiseOpenFileLimit } from '@mediamesh/net';
import { DescriptorSink, Logging, VERSION, configureLogging, openServiceApp, reconfigureLogging, runService } from '@mediamesh/platform';
import type { ServiceRun } from '@mediamesh/platform';
import { ApiModule, ConfigStore, ControlHttpHost, ControlService } from '@mediamesh/service-api';
import { HlsModule } from '@mediamesh/service-hls';
import type { HlsService } from '@mediamesh/service-hls';
import { RtspModule } from '@mediamesh/service-rtsp';
import type { RtspService } from '@mediamesh/service-rtsp';
import { openAdmin, openStandalone } from '@mediamesh/topology';
import { OptionalGateways } from './optional-gateways.ts';

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
      changed: (diff, before) => {
        if (diff.restart.has('logger')) reconfigureLogging(logging, store.current);
        reconfigured(diff, before);
      },
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
  run.onClose('configuration', () => store.close());
  configureLogging(logging, store.current);
  raiseOpenFileLimit();
  logger.info(`MediaMesh v${VERSION}, ${process.platform}, ${process.arch}`);
  store.introduce();
  await store.prepare();
  await store.begin();

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

  const rtsp = await openServiceApp(RtspModule.register({ bus, environment: {} }), topology.platformOf('rtsp'));
  run.onClose('RTSP', () => rtsp.close());
  await rtsp.get<RtspService>(GATEWAY_PROTOCOL).start(run.signal);

  const hls = await openServiceApp(HlsModule.register({ bus, environment: {} }), topology.platformOf('hls'));
  run.onClose('HLS', () => hls.close());
  await hls.get<HlsService>(GATEWAY_PROTOCOL).start(run.signal);

  const gateways = new OptionalGateways(run, topology);
  await gateways.open(store.current);

  const http = new ControlHttpHost({ control, client: apiPlatform.client, logger, identity: apiPlatform.identity });
  run.onClose('HTTP servers of control', () => http.close());
  await http.open();
  listening = true;
  for (const line of firstSteps(store.current)) logger.info(line);
  return (diff, before) => {
    control.reconfigured(diff, before);
    gateways.reconfigured(store.current, logger);
    void http.reconfigured(diff);
  };
}

/** What a person can try now. */
function firstSteps(config: Config): readonly string[] {
  const { rtsp, rtspEncryption, rtspAddress, rtmp, rtmpEncryption, rtmpAddress, webrtc, webrtcAddress, webrtcEncryption } = config;
  if (!rtsp || rtspEncryption === 'strict') return [];
  const url = `rtsp://localhost:${portOf(rtspAddress)}/mystream`;
  const obs = `OBS:      Settings, Stream, Custom: server rtmp://localhost:${portOf(rtmpAddress)}/mystream, no stream key`;
  const page = `${webrtcEncryption ? 'https' : 'http'}://localhost:${portOf(webrtcAddress)}/mystream/`;
  return [
    `publish:  ffmpeg -re -stream_loop -1 -i file.mp4 -c copy -f rtsp ${url}`,
    ...(rtmp && rtmpEncryption !== 'strict' ? [obs] : []),
    `watch:    ffplay ${url}    (or VLC: Media, Open Network Stream)`,
    ...(webrtc && !webrtcAddress.startsWith('unix:') ? [`browser:  ${page}`] : []),
  ];
}

function portOf(address: string): string {
  return address.substring(address.lastIndexOf(':') + 1);
}
