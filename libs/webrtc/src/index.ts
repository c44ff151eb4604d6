export { CHECK_INTERVAL_MS, CONSENT_LIFETIME_MS, IceCheckingAgent } from './ice/checking-agent.ts';
export type { CheckOutcome, IceDatagram, RemoteIce, SelectedPair } from './ice/checking-agent.ts';
export type { IceBase, IceRole } from './ice/candidate-pairs.ts';
export { IceLiteAgent, createIceCredentials, localUfragOf } from './ice/lite-agent.ts';
export type { IceCredentials, IceOutcome, IcePeer } from './ice/lite-agent.ts';
export { FramedPackets, MAX_FRAMED_PACKET_BYTES, framePackets } from './ice/packet-framing.ts';
export { MAX_REMOTE_CANDIDATES, parseCandidate } from './ice/remote-candidate.ts';
export type { RemoteCandidate } from './ice/remote-candidate.ts';
export { MAX_LINKED_ICE_SERVERS, iceServerLink, parseIceServerLinks } from './ice-servers.ts';
export type { IceServer } from './ice-servers.ts';
export { MAX_MISSING_PACKETS, MissingPackets } from './missing-packets.ts';
export { MAX_ARRIVALS, PacketArrivals } from './packet-arrivals.ts';
export type { NumberedPacket } from './packet-arrivals.ts';
export { PacketHistory } from './packet-history.ts';
export { answeringSetup, candidateLine, serializeAnswer } from './sdp/answer.ts';
export type { AnsweredMedia, IceCandidateLine, OutgoingMedia, WebRtcAnswer } from './sdp/answer.ts';
export { parseAnswer } from './sdp/answer-parser.ts';
export type { ReceivedAnswer } from './sdp/answer-parser.ts';
export { TCP_PRIORITY, UDP_PRIORITY, hostCandidates, reflexiveCandidates, relayCandidate } from './sdp/candidates.ts';
export { OFFERED_AUDIO, OFFERED_EXTENSIONS, OFFERED_RETRANSMISSIONS, OFFERED_VIDEO } from './sdp/codec-table.ts';
export { chooseIncoming, refusalOfMedias, takenCodecs } from './sdp/incoming-codec.ts';
export type { IncomingCodec } from './sdp/incoming-codec.ts';
export { isDataMedia } from './sdp/data-media.ts';
export { serializeOffer } from './sdp/offer-writer.ts';
export type { MediaOffer, OwnOffer } from './sdp/offer-writer.ts';
export { candidatesIn, parseOffer } from './sdp/offer.ts';
export type { DtlsFingerprint, OfferedMedia, SdpCodec, SdpDirection, WebRtcOffer } from './sdp/offer.ts';
export { NO_SUPPORTED_CODEC, OUTGOING_AUDIO, OUTGOING_VIDEO, matchOffered, wireCodecOf } from './sdp/outgoing-codec.ts';
export type { WireCodec } from './sdp/outgoing-codec.ts';
export { retransmissionOf } from './sdp/retransmission-codec.ts';
export { parseSdpSections } from './sdp/sections.ts';
export type { SdpAttribute, SdpMediaSection, SdpSection, SdpSections } from './sdp/sections.ts';
export { MAX_SIMULCAST_LAYERS, simulcastOf } from './sdp/simulcast.ts';
export type { Simulcast } from './sdp/simulcast.ts';
export { TRANSPORT_SEQUENCE_URI, transportSequenceOf } from './sdp/transport-sequence.ts';
export { ReflexiveAddress } from './stun/reflexive-address.ts';
export { DataChannels } from './sctp/data-channels.ts';
export type { DataChannelEvent, DataChannelOutput } from './sctp/data-channels.ts';
export { serializeBindingRequest, serializeBindingSuccess } from './stun/stun-writer.ts';
export {
  MAX_STUN_ATTRIBUTES,
  MAX_STUN_USERNAME_BYTES,
  StunClass,
  TRANSACTION_ID_BYTES,
  isStun,
  parseStunMessage,
} from './stun/stun-message.ts';
export { readStunMessage } from './stun/read-stun-message.ts';
export type { StunMessage } from './stun/stun-message.ts';
export type { TransportAddress } from './stun/xor-address.ts';
export { MAX_TURN_MESSAGE_BYTES, TurnStream, channelMessages } from './turn/channel-data.ts';
export type { ChannelBatch } from './turn/channel-data.ts';
export { parseIceServerUrl } from './turn/ice-server-url.ts';
export type { IceServerAddress } from './turn/ice-server-url.ts';
export { TurnClient } from './turn/turn-client.ts';
export type { TurnCredentials } from './turn/turn-requests.ts';
