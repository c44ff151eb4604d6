export { HooksModule } from './hooks.module.ts';
export type { HooksService } from './hooks-service.ts';
