export { WebRtcModule } from './webrtc.module.ts';
export { WebRtcService } from './webrtc-service.ts';
