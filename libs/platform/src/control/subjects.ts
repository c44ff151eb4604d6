import { ControlError } from '@mediamesh/contracts';
import type { Addressee } from '@mediamesh/contracts';

/** Instance ids and service names are single tokens of a subject. */
export const MAX_SUBJECT_TOKEN_LENGTH = 64;
const SUBJECT_TOKEN = /^[A-Za-z0-9_-]+$/;

export function isSubjectToken(text: string): boolean {
  return text.length <= MAX_SUBJECT_TOKEN_LENGTH && SUBJECT_TOKEN.test(text);
}

/** Where an instance of a service listens for a request, and in which queue. */
export function listeningSubject(
  contract: { readonly name: string; readonly to: Addressee },
  service: string,
  instance: string,
): { subject: string; queue: string | undefined } {
  switch (contract.to) {
    case 'control':
      // A queue, so that two replicas that both believe to lead never both carry out a request.
      return { subject: contract.name, queue: 'control' };
    case 'instance':
      return { subject: `${contract.name}.${instance}`, queue: undefined };
    case 'any':
      return { subject: `${contract.name}.${service}`, queue: service };
    case 'every':
      return { subject: contract.name, queue: undefined };
  }
}

/** Where a request is sent. `addressee`: the instance, or the service for `any`. */
export function addressedSubject(contract: { readonly name: string; readonly to: Addressee }, addressee: string | undefined): string {
  if (contract.to === 'control' || contract.to === 'every') return contract.name;
  if (addressee === undefined || !isSubjectToken(addressee)) {
    throw new ControlError('INVALID_MESSAGE', `'${contract.name}' goes to one ${contract.to}: '${String(addressee)}' is not a name of one`);
  }
  return `${contract.name}.${addressee}`;
}
