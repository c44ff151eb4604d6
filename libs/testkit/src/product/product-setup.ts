import { PortBlock } from '../port-block.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import type { ProductConfig, ProductPorts } from './product.ts';

const HOST = '127.0.0.1';

/** What every topology needs before it starts: ports, a folder, a configuration file. */
export class ProductSetup {
  readonly ports: ProductPorts;
  readonly folder = new TemporaryFolder();
  readonly configFile: string;
  private readonly block: PortBlock;

  private constructor(block: PortBlock, ports: ProductPorts, config: ProductConfig) {
    this.block = block;
    this.ports = ports;
    this.configFile = this.configure(config);
  }

  static async prepare(config: ProductConfig = {}): Promise<ProductSetup> {
    const block = await PortBlock.reserve();
    const ports: ProductPorts = {
      rtsp: await block.take(),
      rtsps: await block.take(),
      rtp: await block.takePair(),
      srtp: await block.takePair(),
      multicastRtp: await block.takePair(),
      multicastSrtp: await block.takePair(),
      rtmp: await block.take(),
      rtmps: await block.take(),
      hls: await block.take(),
      api: await block.take(),
      webrtc: await block.take(),
      webrtcUdp: await block.take(),
      webrtcTcp: await block.take(),
      metrics: await block.take(),
      admin: await block.take(),
    };
    return new ProductSetup(block, ports, config);
  }

  /** Writes the configuration file: these keys, and addresses on loopback. JSON is YAML. */
  configure(config: ProductConfig): string {
    return this.folder.write('mediamtx.yml', JSON.stringify({ ...addresses(this.ports), ...config }, null, 2));
  }

  takePort(): Promise<number> {
    return this.block.take();
  }

  takePair(): Promise<number> {
    return this.block.takePair();
  }

  async close(): Promise<void> {
    this.folder.close();
    await this.block.close();
  }
}

/** Everything on loopback; protocols that no scenario uses are off. */
function addresses(ports: ProductPorts): ProductConfig {
  const at = (port: number): string => `${HOST}:${port}`;
  return {
    rtspAddress: at(ports.rtsp),
    rtspsAddress: at(ports.rtsps),
    rtpAddress: at(ports.rtp),
    rtcpAddress: at(ports.rtp + 1),
    srtpAddress: at(ports.srtp),
    srtcpAddress: at(ports.srtp + 1),
    multicastRTPPort: ports.multicastRtp,
    multicastRTCPPort: ports.multicastRtp + 1,
    multicastSRTPPort: ports.multicastSrtp,
    multicastSRTCPPort: ports.multicastSrtp + 1,
    rtmpAddress: at(ports.rtmp),
    rtmpsAddress: at(ports.rtmps),
    hlsAddress: at(ports.hls),
    api: true,
    apiAddress: at(ports.api),
    metricsAddress: at(ports.metrics),
    rtmp: false,
    hls: false,
    webrtc: false,
    webrtcAddress: at(ports.webrtc),
    webrtcLocalUDPAddress: at(ports.webrtcUdp),
    webrtcLocalTCPAddress: at(ports.webrtcTcp),
    srt: false,
    moq: false,
    paths: { all_others: null },
  };
}

export function rtspUrl(port: number, path: string, user?: { readonly name: string; readonly password: string }): string {
  const login = user === undefined ? '' : `${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@`;
  return `rtsp://${login}${HOST}:${port}/${path}`;
}

export function rtspsUrl(port: number, path: string): string {
  return `rtsps://${HOST}:${port}/${path}`;
}

/** `rtmp` or `rtmps`. */
export function rtmpUrl(scheme: string, port: number, path: string): string {
  return `${scheme}://${HOST}:${port}/${path}`;
}

export function httpUrl(port: number, path: string): string {
  return `http://${HOST}:${port}${path}`;
}
