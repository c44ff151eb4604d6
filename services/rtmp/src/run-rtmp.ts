import { runGateway } from '@mediamesh/topology';
import { RtmpModule } from './rtmp.module.ts';

/** The RTMP gateway as a process of its own. */
export function runRtmp(): void {
  runGateway({ name: 'RTMP', service: 'rtmp', register: (options) => RtmpModule.register(options) });
}
