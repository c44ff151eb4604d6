import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/**
 * Reads `+ <group>` and `- <group>`; when its input ends, so has whoever wrote it, and what is left gets SIGINT, after 3 s SIGKILL.
 * A shell, because it waits in 1 MB; nothing of users or clients reaches it.
 */
const GUARD = `groups=' '
while read -r sign group; do
  case $sign in
  +) groups="$groups$group " ;;
  -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s INT -- "-$group"; done
[ "$groups" = "\${groups#*[0-9]}" ] || sleep 3
for group in $groups; do kill -s KILL -- "-$group"; done`;

/**
 * Ends the process groups of commands when this process is killed outright, and cannot do it itself: a process of its own, which
 * runs from the first command on, hears it by the end of its pipe. Where there is no `/bin/sh`, such commands are left behind.
 */
export class OrphanGuard {
  private readonly groups = new Set<number>();
  private guard: ChildProcess | undefined;

  /** Before a command starts: it is watched from its first moment on. */
  ready(): void {
    if (this.guard === undefined) this.open();
  }

  watch(group: number): void {
    this.groups.add(group);
    this.tell('+', group);
  }

  /** It has ended, and another may get its number. */
  forget(group: number): void {
    if (this.groups.delete(group)) this.tell('-', group);
  }

  close(): void {
    this.guard?.stdin?.end();
    this.guard = undefined;
  }

  /** In a session of its own: what is sent to this process and its group does not reach it. */
  private open(): void {
    const guard = spawn('/bin/sh', ['-c', GUARD], {
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const gone = (): void => {
      if (this.guard === guard) this.guard = undefined; // the next command gets another
    };
    guard.on('error', gone);
    guard.on('exit', gone);
    guard.stdin.on('error', gone);
    guard.unref();
    (guard.stdin as unknown as { unref(): void }).unref();
    this.guard = guard;
    for (const group of this.groups) this.tell('+', group);
  }

  private tell(sign: '+' | '-', group: number): void {
    this.guard?.stdin?.write(`${sign} ${group}\n`);
  }
}
