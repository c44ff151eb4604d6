export { RtmpModule } from './rtmp.module.ts';
export { RtmpService } from './rtmp-service.ts';
