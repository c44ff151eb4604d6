import net from 'node:net';

export interface RtspResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** No answer within this time ends the run. */
const ANSWER_DEADLINE_MS = 20_000;
const RECEIVE_BYTES = 262_144;
/** All sockets of a process read into this one: what is not looked at at once is not kept. */
const received = new Uint8Array(RECEIVE_BYTES);

/** As little of an RTSP client as there can be: one request after the other, and then bytes for `onMedia`. */
export class RtspClient {
  readonly socket: net.Socket;
  onMedia: ((bytes: Uint8Array, length: number) => void) | undefined;
  onClose: () => void = () => {};
  private readonly url: string;
  private text = '';
  private sequence = 0;
  private session = '';
  private waiting: { readonly resolve: (response: RtspResponse) => void; readonly reject: (error: Error) => void } | undefined;

  constructor(url: string) {
    this.url = url;
    const { hostname, port } = new URL(url);
    const onread = { buffer: received, callback: (length: number, bytes: Uint8Array) => this.receive(bytes, length) };
    this.socket = net.connect({ host: hostname, port: Number(port), noDelay: true, onread });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.waiting?.reject(new Error(`${url}: the server closed the connection`));
      this.onClose();
    });
  }

  /** `control` is absolute, or relative to the stream's URL. `beforeMedia` is called in the turn of the answer. */
  async request(method: string, control = '', headers: Readonly<Record<string, string>> = {}, body = ''): Promise<RtspResponse> {
    const url = control === '' || control.startsWith('rtsp://') ? control || this.url : `${this.url}/${control}`;
    const lines = [`${method} ${url} RTSP/1.0`, `CSeq: ${++this.sequence}`, 'User-Agent: bench'];
    if (this.session !== '') lines.push(`Session: ${this.session}`);
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    if (body !== '') lines.push(`Content-Length: ${body.length}`);
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    let timer: NodeJS.Timeout | undefined;
    const response = await new Promise<RtspResponse>((resolve, reject) => {
      this.waiting = { resolve, reject };
      timer = setTimeout(() => reject(new Error(`${method} ${url}: no answer`)), ANSWER_DEADLINE_MS);
    }).finally(() => clearTimeout(timer));
    if (response.status !== 200) throw new Error(`${method} ${url}: ${response.status}`);
    this.session = response.headers.get('session')?.split(';')[0] ?? this.session;
    return response;
  }

  /** An RTSP request that nobody waits for. */
  keepAlive(): void {
    this.socket.write(`OPTIONS ${this.url} RTSP/1.0\r\nCSeq: ${++this.sequence}\r\nSession: ${this.session}\r\n\r\n`);
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(bytes: Uint8Array, length: number): boolean {
    if (this.onMedia !== undefined && this.waiting === undefined) {
      this.onMedia(bytes, length);
      return true;
    }
    this.text += Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
    this.answer();
    return true;
  }

  private answer(): void {
    const end = this.text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [first, ...lines] = this.text.substring(0, end).split('\r\n');
    const headers = new Map(lines.map((line) => [line.split(':', 1)[0]!.toLowerCase(), line.substring(line.indexOf(':') + 1).trim()]));
    const bodyEnd = end + 4 + Number(headers.get('content-length') ?? 0);
    if (this.text.length < bodyEnd) return;
    const body = this.text.substring(end + 4, bodyEnd);
    const rest = this.text.substring(bodyEnd);
    this.text = '';
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve({ status: Number(first!.split(' ')[1]), headers, body });
    if (rest === '') return;
    const media = Buffer.from(rest, 'latin1');
    this.onMedia?.(media, media.length);
  }
}
