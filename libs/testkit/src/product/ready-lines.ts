/** What the log says when a listener is open. */
export const RTSP_READY = /\[RTSPS?\] started with listener/;
export const RTMP_READY = /\[RTMPS?\] started with listener/;
export const HLS_READY = /\[HLS\] started with listener/;
export const WEBRTC_READY = /\[WebRTC\] started with listener/;
export const API_READY = /\[API\] started with listener/;
