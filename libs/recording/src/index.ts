export { SegmentName, localOffsetMinutes } from './segment-name.ts';
export type { RecordingPath, SegmentStart, SegmentId } from './segment-name.ts';
export { findRecordedPaths, findSegments } from './find-segments.ts';
export type { RecordedSegment } from './find-segments.ts';
export { SegmentOutsideError, removeSegment } from './remove-segment.ts';
