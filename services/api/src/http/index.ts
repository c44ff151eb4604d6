export type { ControlApiOptions } from './control-api.ts';
export { openControlApi } from './open-control-api.ts';
export type { OpenControlApi } from './open-control-api.ts';
