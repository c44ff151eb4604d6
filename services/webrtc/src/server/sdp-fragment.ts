import { candidateLine } from '@mediamesh/webrtc';
import type { IceCandidateLine, IceCredentials, SdpSection, SdpSections } from '@mediamesh/webrtc';

/** Our side of an ICE restart. */
export interface IceRestart {
  readonly credentials: IceCredentials;
  readonly candidates: readonly IceCandidateLine[];
}

/** The user fragment that a fragment is for: of its first media that has one, else of the session. */
export function ufragOf({ media, session }: SdpSections): string | undefined {
  for (const section of [...media, session]) {
    const ufrag = valueOf(section, 'ice-ufrag');
    if (ufrag !== undefined && ufrag !== '' && valueOf(section, 'ice-pwd')) return ufrag;
  }
  return undefined;
}

/** The answer to an ICE restart, which begins anew with candidates too: for the medias of the client's fragment. Source: RFC 9725 4.3.3. */
export function serializeFragment({ media }: SdpSections, { credentials: { ufrag, password }, candidates }: IceRestart): string {
  const lines = ['a=ice-lite', `a=ice-ufrag:${ufrag}`, `a=ice-pwd:${password}`];
  const ends = [...candidates.map(candidateLine), 'a=end-of-candidates'];
  for (const [index, section] of media.entries()) {
    const mid = valueOf(section, 'mid');
    lines.push(`m=${section.mediaType} 9 ${section.protocol} ${section.formats.join(' ')}`);
    if (mid !== undefined) lines.push(`a=mid:${mid}`);
    lines.push(`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${password}`, ...(index === 0 ? ends : []));
  }
  return `${lines.join('\r\n')}\r\n`;
}

function valueOf({ attributes }: SdpSection, name: string): string | undefined {
  return attributes.find((candidate) => candidate.name === name)?.value.trim();
}
