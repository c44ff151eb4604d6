/** Source: RFC 3550 12.1, RFC 4585 6.1. */
export const RtcpPacketType = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  goodbye: 203,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const;

/** Feedback message types. Source: RFC 4585 6.2.1, 6.3.1, RFC 5104 4.3.1, draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1. */
export const FeedbackFormat = {
  nack: 1,
  transportWide: 15,
  pictureLossIndication: 1,
  fullIntraRequest: 4,
  applicationLayer: 15,
} as const;
