export { waitFor, within } from './wait-for.ts';
export type { WaitOptions } from './wait-for.ts';
export { Lifetime } from './lifetime.ts';
export { TemporaryFolder } from './temporary-folder.ts';
export { VirtualClock } from './virtual-clock.ts';
export { PortBlock } from './port-block.ts';

export { LineLog } from './process/line-log.ts';
export { LossyNetwork } from './process/lossy-network.ts';
export { NetworkNamespace } from './process/network-namespace.ts';
export { Program } from './process/program.ts';
export type { ProgramEnd, ProgramOptions } from './process/program.ts';
export { REPOSITORY, nodeFile, schemathesisFolder, systemFile } from './process/program-files.ts';

export { CLIP_FRAME_RATE, CLIP_HEIGHT, CLIP_WIDTH, ffmpegFile, prepareClip } from './media/clip.ts';
export type { Clip, ClipRecipe, FfmpegVersion } from './media/clip.ts';
export { CLIPS } from './media/clips.ts';
export { FRAME_CLOCK_RATE_HZ, clipReference } from './media/clip-reference.ts';
export type { ClipReference } from './media/clip-reference.ts';
export { contiguousBytes, contiguousRun, contiguousRuns } from './media/contiguous-run.ts';
export type { ContiguousRun } from './media/contiguous-run.ts';
export { expectRisingTimes } from './media/frame-hashes.ts';
export type { HashedFrame } from './media/frame-hashes.ts';
export { publishWithFfmpeg } from './media/ffmpeg-publisher.ts';
export type { PublishOptions, RtspTransport } from './media/ffmpeg-publisher.ts';
export { FfmpegReader } from './media/ffmpeg-reader.ts';
export { packageAsHls } from './media/hls-packager.ts';
export type { ReadOptions, ReadResult } from './media/ffmpeg-reader.ts';

export { GstreamerReader } from './media/gstreamer-reader.ts';
export type { GstreamerReadOptions, GstreamerTarget } from './media/gstreamer-reader.ts';

export { WebrtcbinReader, clipForWebrtcbin, publishWithWebrtcbin } from './webrtc/webrtcbin.ts';
export type { WebrtcbinMedia, WebrtcbinReadOptions } from './webrtc/webrtcbin.ts';

export { ClockPublisher } from './media/clock-publisher.ts';
export { ChromiumBrowser } from './browser/chromium-browser.ts';
export type { TabOptions } from './browser/chromium-browser.ts';
export { PlayerTab } from './browser/player-tab.ts';
export type { SeenPicture } from './browser/player-tab.ts';

export { NginxFiles } from './http/nginx-files.ts';
export { RoundRobinProxy } from './http/round-robin-proxy.ts';

export { RtspClient } from './rtsp/rtsp-client.ts';
export type { InterleavedFrame, RequestOptions, RtspClientOptions } from './rtsp/rtsp-client.ts';
export { RawPublisher } from './rtsp/raw-publisher.ts';
export type { RawPublishOptions } from './rtsp/raw-publisher.ts';
export { RawReader } from './rtsp/raw-reader.ts';
export type { RawReadOptions } from './rtsp/raw-reader.ts';
export { RelayedPublisher } from './rtsp/relayed-publisher.ts';

export { RtmpClient } from './rtmp/rtmp-client.ts';
export type { RtmpClientOptions } from './rtmp/rtmp-client.ts';
export { publishWithGstreamer } from './rtmp/gstreamer-rtmp-publisher.ts';
export { NginxRtmp } from './rtmp/nginx-rtmp.ts';
export { FlvRecording } from './rtmp/flv-recording.ts';
export type { FlvRecordingOptions } from './rtmp/flv-recording.ts';
export { Coturn } from './webrtc/coturn.ts';
export type { CoturnOptions } from './webrtc/coturn.ts';
export { UdpRelay } from './webrtc/udp-relay.ts';
export type { UdpRelayOptions } from './webrtc/udp-relay.ts';
export { keepConnections, readSendStatistics, readVideoStatistics } from './browser/video-statistics.ts';
export type { SendStatistics, VideoStatistics } from './browser/video-statistics.ts';
export { WebRtcClient } from './webrtc/webrtc-client.ts';
export type { OfferChanges } from './webrtc/webrtc-client.ts';
export { readVideo, waitForPlayback } from './browser/video-on-page.ts';
export type { VideoState } from './browser/video-on-page.ts';

export { TOPOLOGIES } from './product/topologies.ts';
export { STANDALONE_COMMAND, standalone } from './product/standalone.ts';
export { nats, startOverNats } from './product/nats-topology.ts';
export type { NatsProduct, NatsTopologyOptions, RunningGateway, RunningHlsGateway, RunningWebRtcGateway } from './product/nats-topology.ts';
export type { NatsServers } from './product/nats-servers.ts';
export { PostgresServer } from './product/postgres-server.ts';
export { createCertificate } from './product/certificate.ts';
export type { Certificate } from './product/certificate.ts';
export type { ServiceProcess } from './product/service-process.ts';
export type { Product, ProductConfig, ProductPorts, Topology } from './product/product.ts';
