import type { TemporaryFolder } from '../temporary-folder.ts';
import type { LineLog } from '../process/line-log.ts';
import type { Program } from '../process/program.ts';
import type { ServiceProcess } from './service-process.ts';

/** Keys of `mediamtx.yml`, as a test sets them. */
export type ProductConfig = Readonly<Record<string, unknown>>;

export interface ProductPorts {
  readonly rtsp: number;
  readonly rtsps: number;
  /** Even; RTCP is on the port after. */
  readonly rtp: number;
  readonly srtp: number;
  readonly multicastRtp: number;
  readonly multicastSrtp: number;
  readonly rtmp: number;
  readonly rtmps: number;
  readonly hls: number;
  readonly api: number;
  readonly webrtc: number;
  readonly webrtcUdp: number;
  readonly webrtcTcp: number;
  readonly metrics: number;
  readonly admin: number;
}

/** The product under test, in whatever topology. */
export interface Product {
  readonly topology: string;
  readonly ports: ProductPorts;
  /** What all of its processes say. */
  readonly log: LineLog;
  /** Followed while the product runs. */
  readonly configFile: string;
  /** The process of the control service: the only one, or the replica that leads first. */
  readonly control: ServiceProcess;
  /** The processes: one, or one a service. */
  readonly programs: readonly Program[];
  /** Where the processes run. */
  readonly folder: TemporaryFolder;
  /** Writes the configuration file anew: these keys only. */
  configure(config: ProductConfig): void;
  /** `rtsp://127.0.0.1:<port>/<path>` */
  rtspUrl(path: string, user?: { readonly name: string; readonly password: string }): string;
  /** `rtsps://`, when `rtspEncryption` is set. */
  rtspsUrl(path: string): string;
  /** `rtmp://127.0.0.1:<port>/<path>`, when the key `rtmp` is set. */
  rtmpUrl(path: string): string;
  /** `rtmps://`, when `rtmpEncryption` is set too. */
  rtmpsUrl(path: string): string;
  /** Of HLS, when the key `hls` is set. */
  hlsUrl(path: string): string;
  /** `http://127.0.0.1:<port>/<path>` of pages, WHIP and WHEP, when `webrtc` is on. */
  webrtcUrl(path: string): string;
  /** Of the Control API, `/v3/...`. */
  apiUrl(path: string): string;
  close(): Promise<void>;
}

export interface Topology {
  readonly name: string;
  start(config?: ProductConfig): Promise<Product>;
}
