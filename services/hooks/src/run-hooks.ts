import { runGateway } from '@mediamesh/topology';
import { HooksModule } from './hooks.module.ts';

/** The hook runner as a process of its own. */
export function runHooks(): void {
  runGateway({ name: 'hook runner', service: 'hooks', register: (options) => HooksModule.register(options) });
}
