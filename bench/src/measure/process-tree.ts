import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** What processes have used since they were started. */
export interface ProcessUsage {
  /** User and system time, of children that have ended as well. */
  readonly cpuSeconds: number;
  /** The system's part of it. */
  readonly systemSeconds: number;
  /** Of threads other than the first of each process: garbage collection, compilation, the thread pool. */
  readonly otherThreadsSeconds: number;
  /** Pages that were mapped for the first time: memory that was not used before. */
  readonly pageFaults: number;
}

/** The processes of the tree that live now. */
export function processTree(pid: number): readonly number[] {
  const tree = [pid];
  for (const parent of tree) {
    for (const thread of threadsOf(parent)) {
      const children = read(`/proc/${parent}/task/${thread}/children`).trim();
      if (children !== '') tree.push(...children.split(' ').map(Number));
    }
  }
  return tree;
}

export function usageOf(pids: readonly number[]): ProcessUsage {
  let [cpu, system, others, pageFaults] = [0, 0, 0, 0];
  for (const pid of pids.flatMap(processTree)) {
    const own = statOf(`/proc/${pid}/stat`);
    cpu += own.user + own.system + own.childrenUser + own.childrenSystem;
    system += own.system + own.childrenSystem;
    pageFaults += own.pageFaults;
    for (const thread of threadsOf(pid)) {
      if (Number(thread) === pid) continue;
      const { user, system } = statOf(`/proc/${pid}/task/${thread}/stat`);
      others += user + system;
    }
  }
  return {
    cpuSeconds: cpu / ticksPerSecond,
    systemSeconds: system / ticksPerSecond,
    otherThreadsSeconds: others / ticksPerSecond,
    pageFaults,
  };
}

export function usageBetween(before: ProcessUsage, after: ProcessUsage): ProcessUsage {
  return {
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    systemSeconds: after.systemSeconds - before.systemSeconds,
    otherThreadsSeconds: after.otherThreadsSeconds - before.otherThreadsSeconds,
    pageFaults: after.pageFaults - before.pageFaults,
  };
}

/** Resident memory of the trees, in MiB; what their processes share is counted in each. */
export function residentMib(pids: readonly number[]): number {
  let kib = 0;
  for (const pid of pids.flatMap(processTree)) kib += Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  return kib / 1024;
}

/** In clock ticks. Source: proc(5). */
function statOf(file: string) {
  const stat = read(file);
  const fields = stat.substring(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? 0);
  return { pageFaults: field(10), user: field(14), system: field(15), childrenUser: field(16), childrenSystem: field(17) };
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has just ended
  }
}

/** Empty when the process has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
