import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChromiumBrowser } from '@mediamesh/testkit';

type Page = Awaited<ReturnType<ChromiumBrowser['openPage']>>;

const PAGE = '<!doctype html><video autoplay muted playsinline></video>';

/** Answers an offer: sends a camera and a microphone to who wants to receive, and shows what who sends has. */
const SCRIPT = `
async function answer(offer) {
  const connection = new RTCPeerConnection();
  connection.ontrack = ({ streams: [stream] }) => (document.querySelector('video').srcObject = stream);
  await connection.setRemoteDescription({ type: 'offer', sdp: offer });
  if (offer.includes('a=recvonly')) {
    const camera = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 }, audio: true });
    for (const track of camera.getTracks()) connection.addTrack(track, camera);
  }
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== 'complete')
    await new Promise((resolve) => connection.addEventListener('icegatheringstatechange', resolve, { once: true }));
  return connection.localDescription.sdp;
}`;

/** A WHIP and WHEP server whose peer is Chromium: it checks too, begins with DTLS, and answers with several codecs. */
export class BrowserPeer {
  /** Sessions that were ended by their clients. */
  ended = 0;
  page!: Page;
  private readonly server: Server;

  static async start(browser: ChromiumBrowser): Promise<BrowserPeer> {
    const peer = new BrowserPeer();
    await new Promise<void>((resolve) => peer.server.listen(0, '127.0.0.1', resolve));
    peer.page = await browser.openPage(`http://${peer.host}/`);
    await peer.page.addScriptTag({ content: SCRIPT });
    return peer;
  }

  private constructor() {
    this.server = createServer((request, response) => void this.handle(request, response));
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await this.page.context().close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let offer = '';
    for await (const chunk of request) offer += String(chunk);
    if (request.method === 'DELETE') this.ended++;
    if (request.method === 'GET') return void response.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE);
    if (request.method !== 'POST') return void response.writeHead(200).end();
    const answer = await this.page.evaluate<string>(`answer(${JSON.stringify(offer)})`);
    response.writeHead(201, { 'Content-Type': 'application/sdp', Location: '/session' }).end(answer);
  }
}
