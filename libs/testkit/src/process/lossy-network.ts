import { networkInterfaces } from 'node:os';
import { NetworkNamespace, ip } from './network-namespace.ts';

/** RFC 2544: for tests of networks, used by nobody else. Blocks of 4 addresses, one a link. */
const BLOCKS = 32_768;
const BLOCKS_A_PROCESS = 4;
const DEVICE = 'eth0';
/** The loss of `nft`'s random numbers. */
const PARTS = 1_000;
let links = 0;

/**
 * A namespace that is linked to this machine by a pair of virtual interfaces, and loses datagrams that come to it.
 * Nothing else can be reached from there.
 */
export class LossyNetwork {
  readonly namespace = new NetworkNamespace();
  /** Of this machine, as it is reached from there. */
  readonly hostAddress: string;

  constructor() {
    const { host, inside } = freeAddresses();
    this.hostAddress = host;
    const device = `mm${process.pid}-${++links}`;
    try {
      ip('link', 'add', device, 'type', 'veth', 'peer', 'name', DEVICE, 'netns', this.namespace.name);
      ip('address', 'add', `${host}/30`, 'dev', device);
      ip('link', 'set', device, 'up');
      this.namespace.ip('address', 'add', `${inside}/30`, 'dev', DEVICE);
      this.namespace.ip('link', 'set', DEVICE, 'up');
      this.namespace.ip('route', 'add', 'default', 'dev', DEVICE); // browsers use the interface of this route
      this.nft('add table inet path; add chain inet path input { type filter hook input priority 0; }');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Share of the datagrams that are lost from now on, 0 to 1; counts from zero. */
  lose(share: number): void {
    const rule = `add rule inet path input iifname ${DEVICE} meta l4proto udp numgen random mod ${PARTS} < ${Math.round(share * PARTS)} counter drop`;
    this.nft(share === 0 ? 'flush chain inet path input' : `flush chain inet path input; ${rule}`);
  }

  /** Since `lose`. */
  get lostDatagrams(): number {
    return Number(/counter packets (\d+)/.exec(this.nft('list chain inet path input'))?.[1] ?? 0);
  }

  /** The link goes with the namespace. */
  close(): void {
    this.namespace.close();
  }

  private nft(commands: string): string {
    return this.namespace.execute('nft', commands);
  }
}

/** That no other link of this machine has: test runs may go on beside each other. */
function freeAddresses(): { readonly host: string; readonly inside: string } {
  const used = new Set(Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)));
  for (let tried = 0; tried < BLOCKS; tried++) {
    const first = 4 * ((process.pid * BLOCKS_A_PROCESS + links + tried) % BLOCKS);
    const address = (offset: number): string => `198.${18 + (first >> 16)}.${(first >> 8) & 0xff}.${(first & 0xff) + offset}`;
    if (!used.has(address(1))) return { host: address(1), inside: address(2) };
  }
  throw new Error('no addresses are left for a link');
}
