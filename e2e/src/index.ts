export { beginsKeyFrame } from './h264-packet.ts';
export { reachReaders } from './reach-readers.ts';
export { concurrentTestLifetime, testLifetime } from './testing/test-lifetime.ts';
export { HlsPlayer } from './hls-player.ts';
export { HlsClient, announcedUris, hintedUri, openSegment } from './hls-client.ts';
export { MultitrackPublisher } from './multitrack-publisher.ts';
