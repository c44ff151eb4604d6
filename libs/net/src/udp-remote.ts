import { endpointOf, remoteKey } from './endpoint.ts';
import { ipv4Text, ipv6Text } from './ip-text.ts';

/** Who sent a datagram. `key` (`ip:port`, IPv6 in brackets, without a zone) is one string object a peer, so that a Map finds a session by it at no cost. */
export interface UdpRemote {
  readonly address: string;
  readonly port: number;
  readonly key: string;
}

/** Peers remembered a socket; a flood of forged addresses empties the memory, it does not grow it. */
export const MAX_REMEMBERED_REMOTES = 4_096;
const AF_INET = 2;

interface Remembered {
  readonly port: number;
  readonly words: readonly [number, number, number, number];
  readonly remote: UdpRemote;
  readonly next: Remembered | undefined;
}

/** Gives the same UdpRemote for the same source, found by text (Node) or by the bytes of a `sockaddr` (system calls). */
export class UdpRemotes {
  private readonly byText = new Map<string, Map<number, UdpRemote>>();
  private readonly byHash = new Map<number, Remembered>();
  private count = 0;

  ofText(address: string, port: number): UdpRemote {
    const remote = this.byText.get(address)?.get(port);
    if (remote !== undefined) return remote;
    const made = remoteOf(address, port);
    this.makeRoom();
    let ports = this.byText.get(address);
    if (ports === undefined) this.byText.set(address, (ports = new Map()));
    ports.set(port, made);
    return made;
  }

  /** The `sockaddr_in` or `sockaddr_in6` at `offset`; `words` is a view of the same bytes, `offset` a multiple of 4. */
  ofSockaddr(bytes: Buffer, words: Int32Array, offset: number): UdpRemote {
    const at = offset >> 2;
    const first = words[at]!; // family and port
    const ipv4 = (first & 0xffff) === AF_INET;
    const a = words[at + (ipv4 ? 1 : 2)]!;
    const b = ipv4 ? 0 : words[at + 3]!;
    const c = ipv4 ? 0 : words[at + 4]!;
    const d = ipv4 ? 0 : words[at + 5]!;
    const hash = Math.imul(Math.imul(Math.imul(Math.imul(first ^ a, 0x9e3779b1) ^ b, 0x85ebca77) ^ c, 0xc2b2ae3d) ^ d, 0x27d4eb2f);
    for (let known = this.byHash.get(hash); known !== undefined; known = known.next) {
      const known4 = known.words;
      if (known.port === first && known4[0] === a && known4[1] === b && known4[2] === c && known4[3] === d) return known.remote;
    }
    const remote = this.ofText(ipv4 ? ipv4Text(bytes, offset + 4) : ipv6Text(bytes, offset + 8), bytes.readUInt16BE(offset + 2));
    this.makeRoom();
    this.byHash.set(hash, { port: first, words: [a, b, c, d], remote, next: this.byHash.get(hash) });
    return remote;
  }

  private makeRoom(): void {
    if (this.count >= MAX_REMEMBERED_REMOTES) {
      this.byText.clear();
      this.byHash.clear();
      this.count = 0;
    }
    this.count++;
  }
}

function remoteOf(address: string, port: number): UdpRemote {
  return { address: endpointOf(address, port).address, port, key: remoteKey(address, port) };
}
