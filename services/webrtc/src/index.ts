export { WebRtcModule } from './webrtc.module.ts';
export type { WebRtcModuleOptions } from './webrtc.module.ts';
export { WebRtcService } from './webrtc-service.ts';
