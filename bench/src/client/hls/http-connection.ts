import net from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** No answer within this time is a failure; a blocked request waits for a part, a first one for a segment. */
const ANSWER_DEADLINE_MS = 20_000;

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** As little of an HTTP/1.1 client as there can be: GET after GET on one connection that is kept. */
export class HttpConnection {
  private readonly host: string;
  private readonly port: number;
  private socket: net.Socket | undefined;
  private waiting: Waiting | undefined;
  /** Of the head, or of the line with a chunk's size. */
  private text = '';
  private head: { readonly status: number; readonly headers: Map<string, string> } | undefined;
  private chunked = false;
  private body: Buffer[] = [];
  /** Of the body, or of the chunk. */
  private left = 0;

  constructor({ hostname, port }: URL) {
    this.host = hostname;
    this.port = Number(port);
  }

  /** Errors: no answer in time, or the connection is closed before its end. */
  get(url: URL): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.fail(new Error(`GET ${url.pathname}: no answer`));
        this.close();
      }, ANSWER_DEADLINE_MS);
      this.waiting = { resolve, reject, timer };
      this.socket ??= this.connect();
      this.socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`);
    });
  }

  close(): void {
    const { socket } = this;
    this.socket = undefined;
    socket?.destroy();
    this.fail(new Error('the connection was closed'));
  }

  private connect(): net.Socket {
    const socket = net.connect({ host: this.host, port: this.port, noDelay: true });
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      this.text = '';
      this.fail(new Error('the server closed the connection'));
    });
    return socket;
  }

  private fail(error: Error): void {
    const { waiting } = this;
    this.waiting = undefined;
    this.head = undefined;
    clearTimeout(waiting?.timer);
    waiting?.reject(error);
  }

  private receive(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) at = this.head === undefined ? this.readHead(chunk, at) : this.readBody(chunk, at, this.head);
  }

  private readHead(chunk: Buffer, at: number): number {
    const before = this.text.length;
    this.text += chunk.toString('latin1', at);
    const end = this.text.indexOf('\r\n\r\n');
    if (end < 0) return chunk.length;
    const [first, ...lines] = this.text.substring(0, end).split('\r\n');
    const headers = new Map(lines.map((line) => [line.split(':', 1)[0]!.toLowerCase(), line.substring(line.indexOf(':') + 1).trim()]));
    this.text = '';
    this.body = [];
    this.chunked = headers.get('transfer-encoding') === 'chunked';
    this.left = this.chunked ? 0 : Number(headers.get('content-length') ?? 0);
    this.head = { status: Number(first!.split(' ')[1]), headers };
    if (!this.chunked && this.left === 0) this.finish(this.head);
    return at + end + 4 - before;
  }

  private readBody(chunk: Buffer, at: number, head: { readonly status: number; readonly headers: Map<string, string> }): number {
    if (this.left === 0) return this.readChunkSize(chunk, at, head);
    const part = chunk.subarray(at, at + this.left);
    this.body.push(part);
    this.left -= part.length;
    if (this.left === 0 && !this.chunked) this.finish(head);
    return at + part.length;
  }

  /** The end of the chunk before, then the size's line; behind a size of 0 comes an empty line. */
  private readChunkSize(chunk: Buffer, from: number, head: { readonly status: number; readonly headers: Map<string, string> }): number {
    let at = from;
    while (at < chunk.length) {
      this.text += String.fromCharCode(chunk[at++]!);
      const line = /^(?:\r\n)?([0-9a-fA-F]+)\r\n(\r\n)?$/.exec(this.text);
      if (line === null) continue;
      this.left = parseInt(line[1]!, 16);
      if (this.left === 0 && line[2] === undefined) continue;
      this.text = '';
      if (this.left === 0) this.finish(head);
      return at;
    }
    return at;
  }

  private finish(head: { readonly status: number; readonly headers: Map<string, string> }): void {
    const { waiting, body } = this;
    this.waiting = undefined;
    this.head = undefined;
    this.body = [];
    clearTimeout(waiting?.timer);
    waiting?.resolve({ ...head, body: body.length === 1 ? body[0]! : Buffer.concat(body) });
  }
}
