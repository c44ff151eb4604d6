import { createRequire } from 'node:module';

export const MSG_DONTWAIT = 0x40;
export const EINTR = 4;
export const EIO = 5;
export const EAGAIN = 11;
export const EINVAL = 22;
export const ENOSYS = 38;
export const EMSGSIZE = 90;

/**
 * System calls of Linux, made synchronously through koffi. Addresses are numbers (user space ends below 2^53), structures are bytes that the caller laid out.
 *
 * Errors: as in C: -1, and then `errno()`.
 */
export interface LinuxCalls {
  recv(fd: number, address: number, length: number, flags: number): number;
  sendmmsg(fd: number, vector: number, count: number, flags: number): number;
  recvmmsg(fd: number, vector: number, count: number, flags: number, timeout: number): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, fd: number, event: number): number;
  epollWait(epoll: number, events: number, count: number, timeoutMs: number): number;
  getsockopt(fd: number, level: number, option: number, value: number, length: number): number;
  getrlimit(resource: number, limits: number): number;
  setrlimit(resource: number, limits: number): number;
  errno(): number;
  /** Of the first byte; the caller keeps `bytes` reachable while the kernel may use it. */
  addressOf(bytes: Uint8Array): number;
}

/** Layouts in this package are those of 64-bit little-endian Linux; `portable` in the environment turns system calls off. */
const SUPPORTED_ARCHITECTURES: readonly string[] = ['x64', 'arm64'];
const ENVIRONMENT_KEY = 'MEDIAMESH_NET';

let loaded: LinuxCalls | undefined;
let unavailable: string | undefined;

/** The system calls, or undefined where only Node's own sockets are to be used. Loaded once. */
export function linuxCalls(): LinuxCalls | undefined {
  if (loaded !== undefined || unavailable !== undefined) return loaded;
  if (process.env[ENVIRONMENT_KEY] === 'portable') unavailable = `${ENVIRONMENT_KEY} is 'portable'`;
  else if (process.platform !== 'linux' || !SUPPORTED_ARCHITECTURES.includes(process.arch)) {
    unavailable = `not available on ${process.platform}/${process.arch}`;
  } else {
    try {
      loaded = loadCalls();
    } catch (error) {
      unavailable = `koffi cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return loaded;
}

/** One line for the log at start: which way packets are sent and received. */
export function describeNetworkIo(): string {
  return linuxCalls() === undefined
    ? `network I/O through Node only (batched system calls: ${unavailable})`
    : 'network I/O with batched system calls (sendmmsg, recvmmsg, epoll)';
}

function loadCalls(): LinuxCalls {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
  const libc = koffi.load(null);
  return {
    recv: libc.func('long recv(int fd, uintptr_t address, size_t length, int flags)'),
    sendmmsg: libc.func('int sendmmsg(int fd, uintptr_t vector, unsigned int count, int flags)'),
    recvmmsg: libc.func('int recvmmsg(int fd, uintptr_t vector, unsigned int count, int flags, uintptr_t timeout)'),
    epollCreate: libc.func('int epoll_create1(int flags)'),
    epollControl: libc.func('int epoll_ctl(int epoll, int operation, int fd, uintptr_t event)'),
    epollWait: libc.func('int epoll_wait(int epoll, uintptr_t events, int count, int timeout)'),
    getsockopt: libc.func('int getsockopt(int fd, int level, int option, uintptr_t value, uintptr_t length)'),
    getrlimit: libc.func('int getrlimit(int resource, uintptr_t limits)'),
    setrlimit: libc.func('int setrlimit(int resource, uintptr_t limits)'),
    errno: () => koffi.errno(),
    addressOf: (bytes) => Number(koffi.address(bytes)),
  };
}
