import { randomBytes } from 'node:crypto';
import { isSubjectToken, MAX_SUBJECT_TOKEN_LENGTH } from './control/subjects.ts';
import { EnvironmentError } from './environment.ts';
import type { Environment } from './environment.ts';
import { VERSION } from './version.ts';

/** Who this instance of a service is: its name in messages, in the API and in metrics. */
export class InstanceIdentity {
  /** `rtsp-1f0c9a2b`: unique among all services, also when one process hosts several. */
  readonly id: string;
  readonly service: string;
  readonly version: string = VERSION;
  readonly startedAtMs: number;

  constructor(service: string, name: string, startedAtMs: number) {
    this.id = `${service}-${name}`;
    this.service = service;
    this.startedAtMs = startedAtMs;
  }

  /** MEDIAMESH_INSTANCE, or a random name. @throws EnvironmentError */
  static read(service: string, env: Environment): InstanceIdentity {
    const given = env['MEDIAMESH_INSTANCE'];
    const name = given === undefined || given === '' ? randomBytes(4).toString('hex') : given;
    const identity = new InstanceIdentity(service, name, Date.now());
    if (!isSubjectToken(identity.id)) {
      const limit = MAX_SUBJECT_TOKEN_LENGTH - service.length - 1;
      throw new EnvironmentError('MEDIAMESH_INSTANCE', `'${name}' is no name: up to ${limit} letters, digits, '-' and '_'`);
    }
    return identity;
  }
}
