import { join } from 'node:path';
import { LineLog } from '../process/line-log.ts';
import { REPOSITORY } from '../process/program-files.ts';
import { ProductSetup, httpUrl, rtmpUrl, rtspUrl, rtspsUrl } from './product-setup.ts';
import type { Product, Topology } from './product.ts';
import { API_READY, RTSP_READY } from './ready-lines.ts';
import { ServiceProcess } from './service-process.ts';

/** The command of the built standalone server. */
export const STANDALONE_COMMAND = join(REPOSITORY, 'bin', 'mediamesh');

/** One process, as `npm start` runs it. */
export const standalone: Topology = {
  name: 'standalone',
  start: async (config) => {
    const setup = await ProductSetup.prepare(config);
    const { ports } = setup;
    const log = new LineLog();
    const service = new ServiceProcess({
      name: 'standalone',
      command: STANDALONE_COMMAND,
      args: [setup.configFile],
      cwd: setup.folder.path,
      env: { MEDIAMESH_ADMIN_ADDRESS: `127.0.0.1:${ports.admin}` },
      log,
      ready: [RTSP_READY, API_READY],
    });
    const product: Product = {
      topology: 'standalone',
      ports,
      log,
      configFile: setup.configFile,
      control: service,
      get programs() {
        return [service.program];
      },
      folder: setup.folder,
      configure: (changed) => void setup.configure(changed),
      rtspUrl: (path, user) => rtspUrl(ports.rtsp, path, user),
      rtspsUrl: (path) => rtspsUrl(ports.rtsps, path),
      rtmpUrl: (path) => rtmpUrl('rtmp', ports.rtmp, path),
      rtmpsUrl: (path) => rtmpUrl('rtmps', ports.rtmps, path),
      hlsUrl: (path) => httpUrl(ports.hls, path),
      webrtcUrl: (path) => httpUrl(ports.webrtc, `/${path}`),
      apiUrl: (path) => httpUrl(ports.api, path),
      close: async () => {
        await service.close();
        await setup.close();
      },
    };
    try {
      await service.start();
      return product;
    } catch (error) {
      await product.close();
      throw error;
    }
  },
};
