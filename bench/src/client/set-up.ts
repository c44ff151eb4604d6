import type { RtspClient, RtspResponse } from './rtsp-client.ts';

/** DESCRIBE, and SETUP of the first media; the answer to the SETUP. */
export async function setUp(client: RtspClient, transport: string): Promise<RtspResponse> {
  const { body } = await client.request('DESCRIBE', '', { Accept: 'application/sdp' });
  const media = body.substring(body.indexOf('m='));
  const control = /a=control:(\S+)/.exec(media)?.[1];
  if (control === undefined) throw new Error('the description has no control attribute');
  return client.request('SETUP', control, { Transport: transport });
}
