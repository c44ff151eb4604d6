export { beginsKeyFrame } from './h264-packet.ts';
export { testLifetime } from './test-lifetime.ts';
