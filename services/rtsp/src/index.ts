export { RtspModule } from './rtsp.module.ts';
export type { RtspModuleOptions } from './rtsp.module.ts';
export { RtspService } from './rtsp-service.ts';
