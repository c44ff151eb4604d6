import type { z } from 'zod';
import { listOf, okSchema } from './answer-schemas.ts';
import { PAGE } from './operation.ts';
import type { Operation } from './operation.ts';
import {
  hlsSessionSchema,
  moqSessionSchema,
  rtmpConnSchema,
  rtspConnSchema,
  rtspSessionSchema,
  srtConnSchema,
  webrtcSessionSchema,
} from './session-schemas.ts';

interface Kind {
  /** In the path. */
  readonly list: string;
  /** Beginning of the operation ids. */
  readonly id: string;
  /** In texts: `RTSP connection`. */
  readonly word: string;
  readonly server: string;
  readonly row: z.ZodType;
  readonly rows: z.ZodType;
  readonly canKick: boolean;
}

const RTSP_CONNS = { row: rtspConnSchema, rows: listOf(rtspConnSchema, 'RTSPConnList'), canKick: false };
const RTSP_SESSIONS = { row: rtspSessionSchema, rows: listOf(rtspSessionSchema, 'RTSPSessionList'), canKick: true };
const RTMP_CONNS = { row: rtmpConnSchema, rows: listOf(rtmpConnSchema, 'RTMPConnList'), canKick: true };
const HLS_SESSIONS = { row: hlsSessionSchema, rows: listOf(hlsSessionSchema, 'HLSSessionList'), canKick: true };
const WEBRTC_SESSIONS = { row: webrtcSessionSchema, rows: listOf(webrtcSessionSchema, 'WebRTCSessionList'), canKick: true };
const SRT_CONNS = { row: srtConnSchema, rows: listOf(srtConnSchema, 'SRTConnList'), canKick: true };
const MOQ_SESSIONS = { row: moqSessionSchema, rows: listOf(moqSessionSchema, 'MoQSessionList'), canKick: true };

const KINDS: readonly Kind[] = [
  { list: 'rtspconns', id: 'rtspConns', word: 'RTSP connection', server: 'RTSP', ...RTSP_CONNS },
  { list: 'rtspsessions', id: 'rtspSessions', word: 'RTSP session', server: 'RTSP', ...RTSP_SESSIONS },
  { list: 'rtspsconns', id: 'rtspsConns', word: 'RTSPS connection', server: 'RTSPS', ...RTSP_CONNS },
  { list: 'rtspssessions', id: 'rtspsSessions', word: 'RTSPS session', server: 'RTSPS', ...RTSP_SESSIONS },
  { list: 'rtmpconns', id: 'rtmpConns', word: 'RTMP connection', server: 'RTMP', ...RTMP_CONNS },
  { list: 'rtmpsconns', id: 'rtmpsConns', word: 'RTMPS connection', server: 'RTMPS', ...RTMP_CONNS },
  { list: 'hlssessions', id: 'hlssessions', word: 'HLS session', server: 'HLS', ...HLS_SESSIONS },
  { list: 'webrtcsessions', id: 'webrtcSessions', word: 'WebRTC session', server: 'WebRTC', ...WEBRTC_SESSIONS },
  { list: 'srtconns', id: 'srtConns', word: 'SRT connection', server: 'SRT', ...SRT_CONNS },
  { list: 'moqsessions', id: 'moqSessions', word: 'MoQ session', server: 'MoQ', ...MOQ_SESSIONS },
];

/** Connections and sessions of every protocol, each with the same requests. */
export const SESSION_OPERATIONS: readonly Operation[] = KINDS.flatMap(operationsOf);

function operationsOf({ list, id, word, server, row, rows, canKick }: Kind): readonly Operation[] {
  const shared = { tag: server, ofServer: server };
  const errors = { 400: 'The id is not a UUID.', 404: `There is no such ${word}.` };
  const listing: readonly Operation[] = [
    {
      ...shared,
      method: 'get',
      path: `/v3/${list}/list`,
      id: `${id}List`,
      summary: `${word}s, the oldest first.`,
      query: PAGE,
      answer: rows,
      errors: { 400: 'The page or the number of items is not a number in its range.' },
    },
    { ...shared, method: 'get', path: `/v3/${list}/get/{id}`, id: `${id}Get`, summary: `One ${word}.`, answer: row, errors },
  ];
  if (!canKick) return listing;
  const kick: Operation = {
    ...shared,
    method: 'post',
    path: `/v3/${list}/kick/{id}`,
    id: `${id}Kick`,
    summary: `Closes the ${word}; its client may come back.`,
    answer: okSchema,
    errors,
  };
  return [...listing, kick];
}
