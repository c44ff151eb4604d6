import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface ScriptedRequest {
  readonly method: string;
  readonly url: string;
  readonly cseq: string;
  header(name: string): string | undefined;
  readonly socket: Socket;
}

/** What the server says to a request: text, in which `{n}` is its CSeq; nothing is said for undefined. */
export type Answer = (request: ScriptedRequest, server: ScriptedRtspServer) => string | undefined;

/** A server over a real socket that says whatever a test wants. */
export class ScriptedRtspServer {
  readonly requests: ScriptedRequest[] = [];
  connections = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly answer: Answer;

  static async open(answer: Answer, onConnection: (socket: Socket) => void = () => {}): Promise<ScriptedRtspServer> {
    const server = createServer();
    const scripted = new ScriptedRtspServer(server, answer);
    server.on('connection', (socket) => {
      scripted.accept(socket);
      onConnection(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return scripted;
  }

  private constructor(server: Server, answer: Answer) {
    this.server = server;
    this.answer = answer;
  }

  get url(): string {
    return `rtsp://127.0.0.1:${(this.server.address() as AddressInfo).port}/cam`;
  }

  get methods(): readonly string[] {
    return this.requests.map(({ method }) => method);
  }

  requestOf(method: string): ScriptedRequest | undefined {
    return this.requests.find((request) => request.method === method);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    socket.on('error', () => {}); // clients break off
    socket.on('close', () => this.sockets.delete(socket));
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.substring(0, end);
        const bodyEnd = end + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        if (text.length < bodyEnd) return;
        text = text.substring(bodyEnd);
        this.received(head, socket);
      }
    });
  }

  private received(head: string, socket: Socket): void {
    const [first = '', ...lines] = head.split('\r\n');
    const [method = '', url = ''] = first.split(' ');
    const header = (name: string): string | undefined =>
      lines.find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))?.replace(/^[^:]*:\s*/, '');
    const request = { method, url, header, socket, cseq: header('CSeq') ?? '' };
    this.requests.push(request);
    const answer = this.answer(request, this);
    if (answer !== undefined) socket.write(answer.replaceAll('{n}', request.cseq));
  }
}

export const OK = 'RTSP/1.0 200 OK\r\nCSeq: {n}\r\n';

export const OPUS_SDP =
  'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=cam\r\nt=0 0\r\nm=audio 0 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\na=control:track1\r\n';

export function sdpAnswer(sdp: string): string {
  return `${OK}Content-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`;
}

/** What a camera says whose transport is `transport` (the value of the Transport header; `{client}` is what was asked for). */
export function cameraAnswer({ method, header }: ScriptedRequest, transport = '{client}', sdp = OPUS_SDP): string {
  switch (method) {
    case 'DESCRIBE':
      return sdpAnswer(sdp);
    case 'SETUP':
      return `${OK}Session: 1\r\nTransport: ${transport.replace('{client}', header('Transport') ?? '')}\r\n\r\n`;
    default:
      return `${OK}Session: 1\r\n\r\n`;
  }
}

/** An Opus frame of 20 ms in RTP: one byte of header, then the number. */
export function opusPacket(sequenceNumber: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  bytes.set([0x80, 96]);
  view.setUint16(2, sequenceNumber);
  view.setUint32(4, sequenceNumber * 960);
  view.setUint32(8, 0x01020304);
  bytes.set([0xf8, 0], 12);
  view.setUint16(14, sequenceNumber);
  return bytes;
}

export function interleaved(channel: number, packet: Uint8Array): Uint8Array {
  return Uint8Array.of(0x24, channel, packet.length >>> 8, packet.length & 0xff, ...packet);
}
