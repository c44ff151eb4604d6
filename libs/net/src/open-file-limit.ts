import { linuxCalls } from './linux-calls.ts';

const RLIMIT_NOFILE = 7;
/** What MediaMTX asks for. */
export const WANTED_OPEN_FILES = 999_999;

/** Raises the soft limit of open files to what is wanted, or to the hard limit; never lowers it. Returns the limit in force, undefined where it is not known. */
export function raiseOpenFileLimit(): number | undefined {
  const calls = linuxCalls();
  if (calls === undefined) return undefined;
  const limits = new BigUint64Array(new ArrayBuffer(16)); // soft, hard
  const address = calls.addressOf(new Uint8Array(limits.buffer));
  if (calls.getrlimit(RLIMIT_NOFILE, address) !== 0) return undefined;
  const [soft, hard] = [limits[0]!, limits[1]!];
  const wanted = hard < BigInt(WANTED_OPEN_FILES) ? hard : BigInt(WANTED_OPEN_FILES);
  if (soft >= wanted) return Number(soft);
  limits[0] = wanted;
  return calls.setrlimit(RLIMIT_NOFILE, address) === 0 ? Number(wanted) : Number(soft);
}
