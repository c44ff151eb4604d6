import { candidateLine, candidatesIn } from '@mediamesh/webrtc';
import type { IceCandidateLine, IceCredentials, RemoteIce, SdpSection, SdpSections } from '@mediamesh/webrtc';

/** Our side of an ICE restart. */
export interface IceRestart {
  readonly credentials: IceCredentials;
  readonly candidates: readonly IceCandidateLine[];
  readonly isLite: boolean;
}

/** What a client tells in a PATCH. Without a user fragment: candidates only. */
export type Trickle = Partial<IceCredentials> & Pick<RemoteIce, 'candidates'>;

/** The user fragment is that of the first media that has one, else of the session. */
export function trickleOf(sections: SdpSections): Trickle {
  const candidates = candidatesIn(sections);
  for (const section of [...sections.media, sections.session]) {
    const ufrag = valueOf(section, 'ice-ufrag');
    const password = valueOf(section, 'ice-pwd');
    if (ufrag && password) return { ufrag, password, candidates };
  }
  return { candidates };
}

/** The answer to an ICE restart, which begins anew with candidates too: for the medias of the client's fragment. Source: RFC 9725 4.3.3. */
export function serializeFragment({ media }: SdpSections, { credentials: { ufrag, password }, candidates, isLite }: IceRestart): string {
  const lines = [...(isLite ? ['a=ice-lite'] : []), `a=ice-ufrag:${ufrag}`, `a=ice-pwd:${password}`];
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
