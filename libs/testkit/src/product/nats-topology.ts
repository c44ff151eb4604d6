import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LineLog } from '../process/line-log.ts';
import { REPOSITORY, nodeFile } from '../process/program-files.ts';
import { NatsServers } from './nats-servers.ts';
import { ProductSetup, httpUrl, rtmpUrl, rtspUrl, rtspsUrl } from './product-setup.ts';
import type { Product, ProductConfig, Topology } from './product.ts';
import { API_READY, HLS_READY, RTMP_READY, RTSP_READY, WEBRTC_READY } from './ready-lines.ts';
import { ServiceProcess } from './service-process.ts';

export interface NatsTopologyOptions {
  readonly config?: ProductConfig;
  readonly brokers?: 1 | 3;
  /** Replicas of the control service; the first that starts leads. */
  readonly controls?: number;
  /** RTSP gateways, each with ports of its own: `product.ports` are those of the first. */
  readonly gateways?: number;
  /** HLS gateways, when the configuration wants HLS; each with a port of its own. */
  readonly hlsGateways?: number;
  /** WebRTC gateways, when the configuration wants WebRTC; each with ports of its own. */
  readonly webrtcGateways?: number;
}

/** A gateway and how clients reach it. */
export interface RunningGateway {
  readonly service: ServiceProcess;
  rtspUrl(path: string): string;
}

/** An HLS gateway and how clients reach it. */
export interface RunningHlsGateway {
  readonly service: ServiceProcess;
  hlsUrl(path: string): string;
}

/** A WebRTC gateway and how clients reach it. */
export interface RunningWebRtcGateway {
  readonly service: ServiceProcess;
  webrtcUrl(path: string): string;
}

/** The product as services over NATS, with the means to break it. */
export interface NatsProduct extends Product {
  readonly brokers: NatsServers;
  readonly controls: readonly ServiceProcess[];
  readonly gateways: readonly RunningGateway[];
  readonly hlsGateways: readonly RunningHlsGateway[];
  readonly webrtcGateways: readonly RunningWebRtcGateway[];
}

/** One process a service, a real nats-server between them. */
export const nats: Topology = {
  name: 'nats',
  start: (config) => startOverNats(config === undefined ? {} : { config }),
};

export async function startOverNats(options: NatsTopologyOptions): Promise<NatsProduct> {
  const { config, brokers = 1, controls = 1, gateways = 1, hlsGateways = config?.['hls'] === true ? 1 : 0 } = options;
  const { webrtcGateways = config?.['webrtc'] === true ? 1 : 0 } = options;
  const setup = await ProductSetup.prepare(config);
  const started: { close(): unknown }[] = [setup];
  const log = new LineLog();
  const close = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.close();
  };
  try {
    const servers = await NatsServers.start(setup, brokers);
    started.push(servers);
    const start = new ServiceStart(setup, log, servers.url, started);
    const controlServices: ServiceProcess[] = [];
    for (let index = 0; index < controls; index++) controlServices.push(await start.control(index));
    const running: RunningGateway[] = [];
    for (let index = 0; index < gateways; index++) running.push(await start.gateway(index));
    const hls: RunningHlsGateway[] = [];
    for (let index = 0; index < hlsGateways; index++) hls.push(await start.hls(index));
    const webrtc: RunningWebRtcGateway[] = [];
    for (let index = 0; index < webrtcGateways; index++) webrtc.push(await start.webrtc(index));
    const others: ServiceProcess[] = [];
    if (wantsRtmp(config)) others.push(await start.rtmp(config?.['rtmp'] === true));
    if (JSON.stringify(config ?? {}).includes('"runOn')) others.push(await start.hooks());
    const { ports } = setup;
    return {
      topology: 'nats',
      ports,
      log,
      configFile: setup.configFile,
      control: controlServices[0]!,
      get programs() {
        const clients = [...running, ...hls, ...webrtc].map(({ service }) => service);
        return [...controlServices, ...clients, ...others].map((service) => service.program);
      },
      brokers: servers,
      controls: controlServices,
      gateways: running,
      hlsGateways: hls,
      webrtcGateways: webrtc,
      folder: setup.folder,
      configure: (changed) => void setup.configure(changed),
      rtspUrl: (path, user) => rtspUrl(ports.rtsp, path, user),
      rtspsUrl: (path) => rtspsUrl(ports.rtsps, path),
      rtmpUrl: (path) => rtmpUrl('rtmp', ports.rtmp, path),
      rtmpsUrl: (path) => rtmpUrl('rtmps', ports.rtmps, path),
      hlsUrl: (path) => httpUrl(ports.hls, path),
      webrtcUrl: (path) => httpUrl(ports.webrtc, `/${path}`),
      apiUrl: (path) => httpUrl(ports.api, path),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A server, or a source or a forward of any path. */
function wantsRtmp(config: ProductConfig | undefined): boolean {
  return config?.['rtmp'] === true || /"(source|dest)":"rtmp/.test(JSON.stringify(config ?? {}));
}

/** Starts services of one installation. */
class ServiceStart {
  private readonly setup: ProductSetup;
  private readonly log: LineLog;
  private readonly natsUrl: string;
  private readonly started: { close(): unknown }[];

  constructor(setup: ProductSetup, log: LineLog, natsUrl: string, started: { close(): unknown }[]) {
    this.setup = setup;
    this.log = log;
    this.natsUrl = natsUrl;
    this.started = started;
  }

  /** The first is ready when it leads; the others stand by. */
  async control(index: number): Promise<ServiceProcess> {
    const api = index === 0 ? {} : { MTX_APIADDRESS: `127.0.0.1:${await this.setup.takePort()}` };
    const ready = index === 0 ? [/leads the control plane/, API_READY] : [/configuration loaded/];
    return this.run({ name: `api-${index}`, service: 'api', args: [this.setup.configFile], env: api, ready });
  }

  async gateway(index: number): Promise<RunningGateway> {
    const { setup } = this;
    const rtsp = index === 0 ? setup.ports.rtsp : await setup.takePort();
    const env = index === 0 ? {} : await this.otherAddresses(rtsp);
    const service = await this.run({ name: `rtsp-${index}`, service: 'rtsp', args: [], env, ready: [RTSP_READY] });
    return { service, rtspUrl: (path) => rtspUrl(rtsp, path) };
  }

  async hls(index: number): Promise<RunningHlsGateway> {
    const port = index === 0 ? this.setup.ports.hls : await this.setup.takePort();
    const env = index === 0 ? {} : { MTX_HLSADDRESS: `127.0.0.1:${port}` };
    const service = await this.run({ name: `hls-${index}`, service: 'hls', args: [], env, ready: [HLS_READY] });
    return { service, hlsUrl: (path) => httpUrl(port, path) };
  }

  rtmp(listens: boolean): Promise<ServiceProcess> {
    const ready = [listens ? RTMP_READY : /RTMP gateway/];
    return this.run({ name: 'rtmp-0', service: 'rtmp', args: [], env: {}, ready });
  }

  async webrtc(index: number): Promise<RunningWebRtcGateway> {
    const port = index === 0 ? this.setup.ports.webrtc : await this.setup.takePort();
    const addresses = async (): Promise<Record<string, string>> => ({
      MTX_WEBRTCADDRESS: `127.0.0.1:${port}`,
      MTX_WEBRTCLOCALUDPADDRESS: `127.0.0.1:${await this.setup.takePort()}`,
      MTX_WEBRTCLOCALTCPADDRESS: `127.0.0.1:${await this.setup.takePort()}`,
    });
    const env = index === 0 ? {} : await addresses();
    const service = await this.run({ name: `webrtc-${index}`, service: 'webrtc', args: [], env, ready: [WEBRTC_READY] });
    return { service, webrtcUrl: (path) => httpUrl(port, `/${path}`) };
  }

  hooks(): Promise<ServiceProcess> {
    return this.run({ name: 'hooks-0', service: 'hooks', args: [], env: {}, ready: [/hook runner gateway/] });
  }

  private async otherAddresses(rtsp: number): Promise<Record<string, string>> {
    const rtp = await this.setup.takePair();
    const at = (port: number): string => `127.0.0.1:${port}`;
    return { MTX_RTSPADDRESS: at(rtsp), MTX_RTPADDRESS: at(rtp), MTX_RTCPADDRESS: at(rtp + 1) };
  }

  private async run(options: {
    readonly name: string;
    readonly service: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly ready: readonly RegExp[];
  }): Promise<ServiceProcess> {
    const { setup, log, natsUrl } = this;
    const admin = `127.0.0.1:${await setup.takePort()}`;
    const main = join(REPOSITORY, 'services', options.service, 'dist', 'main.js');
    if (!existsSync(main)) throw new Error(`services/${options.service} is not built`);
    const service = new ServiceProcess({
      name: options.name,
      command: nodeFile(),
      args: [main, ...options.args],
      cwd: setup.folder.path,
      env: { ...options.env, MEDIAMESH_NATS_URL: natsUrl, MEDIAMESH_ADMIN_ADDRESS: admin, MEDIAMESH_INSTANCE: options.name },
      log,
      ready: options.ready,
    });
    this.started.push(service);
    await service.start();
    return service;
  }
}
