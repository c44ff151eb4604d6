import { durationType } from '../text-types.ts';
import { boolType, intType, stringType, uintType } from '../value-type.ts';
import { deprecatedKey, globalKey, secret, startKey } from './key.ts';
import { logDestinationsType, logLevelType, webhooksType } from './types.ts';

/** Logging, timeouts, buffers, connection hooks, and where state is kept. */
export const PROCESS_KEYS = {
  logLevel: globalKey(logLevelType, 'info', 'logger pathManager', 'Least important level that is logged.'),
  logDestinations: globalKey(logDestinationsType, ['stdout'], 'logger', 'Where log lines go: stdout, file, syslog.'),
  logStructured: globalKey(boolType, false, 'logger', 'Writes log lines as JSON, one object a line (stdout and file).'),
  logFile: globalKey(stringType, 'mediamtx.log', 'logger', 'Log file, when "file" is among the destinations.'),
  sysLogPrefix: globalKey(stringType, 'mediamtx', 'logger', 'Name of the program in the system log.'),
  dumpPackets: globalKey(
    boolType,
    false,
    'metrics pprof playback pathManager rtsp rtsps rtmp rtmps hls webrtc api',
    'Writes what passes every socket to pcapng files. For debugging only.',
  ),
  readTimeout: globalKey(
    durationType,
    10_000,
    'auth metrics pprof playback pathManager rtsp rtsps rtmp rtmps hls webrtc srt moq api',
    'A peer that sends nothing for this long is disconnected.',
  ),
  writeTimeout: globalKey(
    durationType,
    10_000,
    'metrics pprof playback pathManager rtsp rtsps rtmp rtmps hls webrtc srt moq api',
    'A peer that takes nothing for this long is disconnected.',
  ),
  readBufferCount: deprecatedKey(intType, { replacedBy: 'writeQueueSize' }),
  writeQueueSize: globalKey(
    intType,
    512,
    'pathManager rtsp rtsps',
    'Packets that wait for each reader before it is skipped forward; a power of two.',
  ),
  udpMaxPayloadSize: globalKey(intType, 1452, 'pathManager srt', 'Largest UDP payload that is sent, in bytes; 1472 at most.'),
  udpReadBufferSize: globalKey(
    uintType,
    0,
    'pathManager rtsp rtsps webrtc moq',
    "Size of the operating system's receive buffer of UDP sockets, in bytes; 0 keeps its default.",
  ),
  runOnConnect: globalKey(
    stringType,
    '',
    'rtsp rtsps rtmp rtmps srt',
    'Command to run when a client connects (RTSP, RTMP, SRT). It gets MTX_CONN_TYPE, MTX_CONN_ID and RTSP_PORT.',
  ),
  runOnConnectRestart: globalKey(boolType, false, 'rtsp rtsps rtmp rtmps srt', 'Runs the command again whenever it ends.'),
  runOnDisconnect: globalKey(
    stringType,
    '',
    'rtsp rtsps rtmp rtmps srt',
    'Command to run when a client disconnects. It gets the variables of runOnConnect.',
  ),
  webhooks: globalKey(
    webhooksType,
    [],
    '',
    'Receivers of events: url, events (empty: all), secret (signs each request with HMAC-SHA256). See docs/8-events.md.',
  ),
  stateDirectory: startKey(
    stringType,
    '',
    'Directory for what survives a restart: configuration changes made through the API, the index of recordings. Empty: nothing is kept.',
  ),
  databaseURL: secret(startKey(stringType, '', 'PostgreSQL database that takes the place of the embedded one in stateDirectory.')),
} as const;
