export { RtspModule } from './rtsp.module.ts';
export { RtspService } from './rtsp-service.ts';
