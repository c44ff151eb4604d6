export { HlsModule } from './hls.module.ts';
export { HlsService } from './hls-service.ts';
