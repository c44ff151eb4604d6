import type { IceCredentials, SdpSection, SdpSections } from '@mediamesh/webrtc';

/** The user fragment that a fragment is for: of its first media that has one, else of the session. */
export function ufragOf({ media, session }: SdpSections): string | undefined {
  for (const section of [...media, session]) {
    const ufrag = valueOf(section, 'ice-ufrag');
    if (ufrag !== undefined && ufrag !== '' && valueOf(section, 'ice-pwd')) return ufrag;
  }
  return undefined;
}

/** The answer to an ICE restart: our new credentials, for the medias of the client's fragment. Source: RFC 9725 4.3.3. */
export function serializeFragment({ media }: SdpSections, { ufrag, password }: IceCredentials): string {
  const lines = ['a=ice-lite', `a=ice-ufrag:${ufrag}`, `a=ice-pwd:${password}`];
  for (const section of media) {
    const mid = valueOf(section, 'mid');
    lines.push(`m=${section.mediaType} 9 ${section.protocol} ${section.formats.join(' ')}`);
    if (mid !== undefined) lines.push(`a=mid:${mid}`);
    lines.push(`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${password}`, 'a=end-of-candidates');
  }
  return `${lines.join('\r\n')}\r\n`;
}

function valueOf({ attributes }: SdpSection, name: string): string | undefined {
  return attributes.find((candidate) => candidate.name === name)?.value.trim();
}
