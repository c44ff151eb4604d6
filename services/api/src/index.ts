export { ApiModule } from './api.module.ts';
export type { ApiModuleOptions } from './api.module.ts';
export { ConfigStore } from './control/config-store.ts';
export type { ConfigStoreOptions } from './control/config-store.ts';
export { ControlService } from './control/control-service.ts';
export { ControlHttpHost } from './http/control-http-host.ts';
export { openControlApi } from './http/index.ts';
export type { ControlApiOptions, OpenControlApi } from './http/index.ts';
