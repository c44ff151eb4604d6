import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
/** Fields of /proc/<pid>/stat after the name, counted from its state: user and system time of the process, and of children that were waited for. */
const TIME_FIELDS = [11, 12, 13, 14];

/** The processes of the tree that live now. */
export function processTree(pid: number): readonly number[] {
  const tree = [pid];
  for (const parent of tree) {
    try {
      for (const thread of readdirSync(`/proc/${parent}/task`)) {
        const children = readFileSync(`/proc/${parent}/task/${thread}/children`, 'utf8').trim();
        if (children !== '') tree.push(...children.split(' ').map(Number));
      }
    } catch {
      // it has just ended
    }
  }
  return tree;
}

/** CPU time that the trees have used since they were started, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids.flatMap(processTree)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.substring(stat.lastIndexOf(')') + 2).split(' ');
      for (const field of TIME_FIELDS) ticks += Number(fields[field]);
    } catch {
      // it has just ended
    }
  }
  return ticks / ticksPerSecond;
}

/** Resident memory of the trees, in MiB; what their processes share is counted in each. */
export function residentMib(pids: readonly number[]): number {
  let kib = 0;
  for (const pid of pids.flatMap(processTree)) {
    try {
      kib += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // it has just ended
    }
  }
  return kib / 1024;
}
