import { chownSync } from 'node:fs';
import { userInfo } from 'node:os';
import { LineLog } from '../process/line-log.ts';
import { systemFile } from '../process/program-files.ts';
import { Program } from '../process/program.ts';
import { PortBlock } from '../port-block.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import { ServiceProcess } from './service-process.ts';

const INITDB_DEADLINE_MS = 60_000;
const NOBODY = { uid: 65_534, gid: 65_534 } as const;
const SETPRIV = '/usr/bin/setpriv';

/** A real PostgreSQL server with a database of its own, which tests stop and start again. */
export class PostgresServer {
  /** For `databaseURL`. */
  readonly url: string;
  private readonly process: ServiceProcess;
  private readonly block: PortBlock;
  private readonly folder: TemporaryFolder;

  private constructor(parts: { block: PortBlock; folder: TemporaryFolder; port: number }) {
    this.block = parts.block;
    this.folder = parts.folder;
    this.url = `postgres://mediamesh:secret@127.0.0.1:${parts.port}/postgres`;
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=16MB', 'max_connections=20'];
    const args = ['-D', dataOf(parts.folder), '-p', String(parts.port), ...settings.flatMap((setting) => ['-c', setting])];
    this.process = new ServiceProcess({
      name: 'postgres',
      ...asDatabaseUser(systemFile('postgres'), args),
      cwd: parts.folder.path,
      env: {},
      log: new LineLog(),
      ready: [/database system is ready to accept connections/],
    });
  }

  static async start(): Promise<PostgresServer> {
    const folder = new TemporaryFolder();
    const block = await PortBlock.reserve();
    try {
      await initialize(folder);
      const server = new PostgresServer({ block, folder, port: await block.take() });
      await server.restart();
      return server;
    } catch (error) {
      folder.close();
      await block.close();
      throw error;
    }
  }

  /** As a machine that is switched off. */
  kill(): Promise<void> {
    return this.process.kill();
  }

  /** After `kill`, with what was committed. */
  restart(): Promise<void> {
    return this.process.start();
  }

  async close(): Promise<void> {
    await this.process.close();
    this.folder.close();
    await this.block.close();
  }
}

function dataOf(folder: TemporaryFolder): string {
  return folder.file('data');
}

async function initialize(folder: TemporaryFolder): Promise<void> {
  const passwordFile = folder.write('password', 'secret');
  const options = [
    '--username=mediamesh',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--no-locale',
    '--encoding=UTF8',
    '--no-sync',
  ];
  const { uid, gid } = databaseUser();
  for (const path of [folder.path, passwordFile]) chownSync(path, uid, gid);
  const program = new Program({
    name: 'initdb',
    ...asDatabaseUser(systemFile('initdb'), ['-D', dataOf(folder), ...options]),
    cwd: folder.path,
  });
  const { code } = await program.waitForEnd(INITDB_DEADLINE_MS);
  if (code !== 0) throw new Error(`initdb makes no database:\n${program.stderr.tail()}`);
}

/** PostgreSQL refuses to run as root. */
function databaseUser(): { readonly uid: number; readonly gid: number } {
  const own = userInfo();
  return own.uid === 0 ? NOBODY : own;
}

function asDatabaseUser(command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
  const { uid, gid } = databaseUser();
  if (uid === process.getuid?.()) return { command, args };
  // Another user's process does not hear of the end of its parent unless it asks again.
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--pdeathsig', 'KILL'];
  return { command: SETPRIV, args: [...identity, '--', command, ...args] };
}
