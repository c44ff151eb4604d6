import { runGateway } from '@mediamesh/topology';
import { WebRtcModule } from './webrtc.module.ts';

/** The WebRTC gateway as a process of its own. */
export function runWebRtc(): void {
  runGateway({ name: 'WebRTC', service: 'webrtc', register: (options) => WebRtcModule.register(options) });
}
