export { CONTROL_ERROR_CODES, ControlError } from './codes.ts';
export type { ControlErrorCode } from './codes.ts';
export { defineEvent, defineRequest } from './message.ts';
export type { Addressee, EventContract, RequestContract } from './message.ts';
export * from './values.ts';
export * from './control-requests.ts';
export * from './gateway-requests.ts';
export * from './hls-requests.ts';
export * from './events.ts';
