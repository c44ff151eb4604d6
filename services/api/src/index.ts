export { ApiModule } from './api.module.ts';
export type { ApiModuleOptions } from './api.module.ts';
export { ConfigStore } from './control/config-store.ts';
export type { ConfigStoreOptions } from './control/config-store.ts';
export { ControlService } from './control/control-service.ts';
