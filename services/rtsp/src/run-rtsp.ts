import { runGateway } from '@mediamesh/topology';
import { RtspModule } from './rtsp.module.ts';

/** The RTSP gateway as a process of its own. */
export function runRtsp(): void {
  runGateway({ name: 'RTSP', service: 'rtsp', register: (options) => RtspModule.register(options) });
}
