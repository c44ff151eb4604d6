import { runGateway } from '@mediamesh/topology';
import { HlsModule } from './hls.module.ts';

/** The HLS gateway as a process of its own. */
export function runHls(): void {
  runGateway({ name: 'HLS', service: 'hls', register: (options) => HlsModule.register(options) });
}
