import { z } from 'zod';
import { defineRequest } from './message.ts';

/** Requests of WebRTC gateways to each other: a client's PATCH or DELETE has come to another one than its session. NOT_FOUND: there is no such session. */

/** Of the session's URL: who knows it may end the session. */
const secret = z.string().length(36);

const iceCandidate = z.object({
  foundation: z.string(),
  protocol: z.enum(['udp', 'tcp']),
  priority: z.number(),
  address: z.string(),
  port: z.number(),
  type: z.enum(['host', 'srflx', 'relay']).optional(),
});
const remoteCandidate = z.object({
  type: z.enum(['host', 'srflx', 'prflx', 'relay']),
  address: z.string(),
  port: z.number(),
  priority: z.number(),
});
const credentials = z.object({ ufrag: z.string(), password: z.string() });

/** `ufrag`, `password`: of the client's fragment, null and empty when it has none. `restart`: our side of it, when the client restarts ICE. */
export const webRtcSessionTrickle = defineRequest({
  name: 'webrtc.session.trickle',
  to: 'instance',
  request: z.object({
    secret,
    ufrag: z.string().nullable(),
    password: z.string().default(''),
    candidates: z.array(remoteCandidate).readonly().default([]),
  }),
  reply: z.object({
    restart: z.object({ credentials, candidates: z.array(iceCandidate).readonly(), isLite: z.boolean().default(true) }).nullable(),
  }),
});

export const webRtcSessionEnd = defineRequest({
  name: 'webrtc.session.end',
  to: 'instance',
  request: z.object({ secret }),
  reply: z.object({}),
});
