import { z } from 'zod';
import { defineRequest } from './message.ts';

/** Requests of WebRTC gateways to each other: a client's PATCH or DELETE has come to another one than its session. NOT_FOUND: there is no such session. */

/** Of the session's URL: who knows it may end the session. */
const secret = z.string().length(36);

/** `ufrag`: of the client's fragment, null when it has none. `restarted`: our new credentials, when the client restarts ICE. */
export const webRtcSessionTrickle = defineRequest({
  name: 'webrtc.session.trickle',
  to: 'instance',
  request: z.object({ secret, ufrag: z.string().nullable() }),
  reply: z.object({ restarted: z.object({ ufrag: z.string(), password: z.string() }).nullable() }),
});

export const webRtcSessionEnd = defineRequest({
  name: 'webrtc.session.end',
  to: 'instance',
  request: z.object({ secret }),
  reply: z.object({}),
});
