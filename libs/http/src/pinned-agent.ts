import type { ClientRequestArgs } from 'node:http';
import { Agent } from 'node:https';
import type { AgentOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { verifyFingerprint } from '@mediamesh/net';

/**
 * For HTTPS requests: with a fingerprint (SHA-256 of the certificate, hexadecimal), exactly that certificate is accepted and nothing is
 * sent before it is seen; without, it is verified as usual.
 */
export function pinnedAgent(fingerprint: string, options: AgentOptions = {}): Agent {
  const agent = new Agent(options);
  if (fingerprint === '') return agent;
  const createConnection = (target: ClientRequestArgs, created: (error: Error | null, socket: Duplex) => void): undefined => {
    const host = target.host ?? '';
    const socket = connect({
      ...(target as ConnectionOptions),
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const failed = (error: Error): void => created(error, socket);
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      socket.off('error', failed);
      const error = verifyFingerprint(socket, fingerprint);
      created(error ?? null, socket);
      if (error !== undefined) socket.destroy();
    });
  };
  return Object.assign(agent, { createConnection });
}
