/** NAL unit types that matter to the RTP payload format. Source: H.264 table 7-1, RFC 6184 5.2. */
export const H264NalUnitType = {
  slice: 1,
  dataPartitionA: 2,
  dataPartitionB: 3,
  dataPartitionC: 4,
  idrSlice: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  stapA: 24,
  fuA: 28,
  fuB: 29,
} as const;
