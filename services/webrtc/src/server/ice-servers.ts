import { createHmac, randomInt } from 'node:crypto';
import type { Config } from '@mediamesh/config';
import { iceServerLink } from '@mediamesh/webrtc';
import type { IceServer } from '@mediamesh/webrtc';

const SECRET_USER = 'AUTH_SECRET';
const LIFETIME_S = 24 * 3_600;
const RANDOM_CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const RANDOM_LENGTH = 20;

type ConfiguredServer = Config['webrtcICEServers2'][number];

/** The STUN and TURN servers that clients are told to use, and those that the server uses itself. Contract 6.4.2. */
export class IceServers {
  private readonly servers: readonly ConfiguredServer[];

  constructor(servers: readonly ConfiguredServer[]) {
    this.servers = servers;
  }

  /** `Link` headers. With a shared secret, credentials are made for each client. */
  links(): readonly string[] {
    return this.servers.map((server) => iceServerLink(withCredentials(server)));
  }

  /** Those that are not for clients only. */
  forServer(): readonly IceServer[] {
    return this.servers.filter(({ clientOnly }) => !clientOnly).map(withCredentials);
  }
}

function withCredentials({ url, username, password }: ConfiguredServer): IceServer {
  return username === SECRET_USER ? { url, ...temporaryCredentials(password) } : { url, username, credential: password };
}

/** As coturn's `use-auth-secret` wants them. */
function temporaryCredentials(secret: string): { readonly username: string; readonly credential: string } {
  let random = '';
  for (let i = 0; i < RANDOM_LENGTH; i++) random += RANDOM_CHARACTERS[randomInt(RANDOM_CHARACTERS.length)]!;
  const username = `${Math.floor(Date.now() / 1000) + LIFETIME_S}:${random}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
