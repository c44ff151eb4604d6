import { z } from 'zod';
import { defineRequest } from './message.ts';
import { counter, pathName } from './values.ts';

/** Requests of HLS gateways to each other. */

/** A client has come with a session that another gateway opened: who knows it? */
export const hlsSessionFind = defineRequest({
  name: 'hls.session.find',
  to: 'every',
  /** `secret`: what the client shows. A session is bound to its client's address. */
  request: z.object({ secret: z.string(), path: pathName, ip: z.string() }),
  reply: z.object({
    session: z
      .object({
        id: z.string(),
        createdMs: counter,
        remoteAddr: z.string(),
        query: z.string(),
        user: z.string(),
        userAgent: z.string(),
      })
      .nullable(),
  }),
});
