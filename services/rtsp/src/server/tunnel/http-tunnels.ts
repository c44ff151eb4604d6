import { bytesFromLatin1 } from '@mediamesh/bytes';
import type { TcpConnection, TimerWheel, WheelTimer } from '@mediamesh/net';
import { HttpTunnelPairs } from '@mediamesh/rtsp';
import type { TunnelHalf } from '@mediamesh/rtsp';
import { HttpTunnelStream } from './http-tunnel-stream.ts';

/** For the second connection of a tunnel to come. */
export const PAIRING_TIMEOUT_MS = 5_000;

const REFUSAL = bytesFromLatin1('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');

/** A connection that turned out to be one half of a tunnel. */
export interface TunnelSide {
  readonly tcp: TcpConnection;
  /** What came behind its head. */
  readonly rest: Uint8Array;
  /** Its socket has become the tunnel's. */
  paired(): void;
  /** Nobody came. */
  abandoned(): void;
}

/** The halves of HTTP tunnels of one listener, until they find each other. Halves of different client addresses never do. */
export class HttpTunnels {
  private readonly pairs = new HttpTunnelPairs<TunnelSide>();
  private readonly deadlines = new Map<TunnelSide, WheelTimer>();
  private readonly timers: TimerWheel;
  private readonly open: (stream: HttpTunnelStream) => void;

  /** `open` sets the callbacks of a tunnel that is complete. */
  constructor(timers: TimerWheel, open: (stream: HttpTunnelStream) => void) {
    this.timers = timers;
    this.open = open;
  }

  /** Accepts a half, with its answer; it is paired at once when the other one waits. False: it is refused. */
  offer(side: TunnelSide, half: TunnelHalf, cookie: string, answer: Uint8Array): boolean {
    const { tcp } = side;
    const key = `${tcp.remote.address} ${cookie}`;
    const found = this.pairs.offer(key, half, side);
    tcp.write(found === 'refused' ? REFUSAL : answer);
    if (found === 'refused') return false;
    if (found === 'waiting') this.wait(side, key);
    else this.pair(found.get, found.post);
    return true;
  }

  private wait(side: TunnelSide, key: string): void {
    const { tcp } = side;
    tcp.pause(); // what else it sends waits in the system's buffer
    const forget = (): void => {
      this.pairs.withdraw(key, side);
      this.deadlines.delete(side);
    };
    const deadline = this.timers.schedule(PAIRING_TIMEOUT_MS, () => {
      forget();
      tcp.resume(); // else it would not notice that the client closes
      side.abandoned();
    });
    this.deadlines.set(side, deadline);
    const closed = tcp.onClose;
    tcp.onClose = (error) => {
      this.timers.cancel(deadline);
      forget();
      closed(error);
    };
  }

  private pair(get: TunnelSide, post: TunnelSide): void {
    for (const side of [get, post]) {
      const deadline = this.deadlines.get(side);
      if (deadline !== undefined) this.timers.cancel(deadline);
      this.deadlines.delete(side);
      side.paired();
    }
    const stream = new HttpTunnelStream(get.tcp, post.tcp);
    this.open(stream);
    stream.start(post.rest);
  }
}
