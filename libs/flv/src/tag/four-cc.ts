/** Codecs of Enhanced RTMP by their four characters. Source: Enhanced RTMP v2. */
export const VIDEO_FOUR_CC = { H264: 'avc1', H265: 'hvc1', AV1: 'av01', VP9: 'vp09' } as const;
export const AUDIO_FOUR_CC = { Opus: 'Opus', FLAC: 'fLaC', AC3: 'ac-3', 'MPEG-4 Audio': 'mp4a', 'MPEG-1/2 Audio': '.mp3' } as const;

export const FOUR_CC_BYTES = 4;

/** The four characters as a number, as codec ids of metadata have them. */
export function fourCcNumber(text: string): number {
  let number = 0;
  for (let i = 0; i < FOUR_CC_BYTES; i++) number = number * 256 + text.charCodeAt(i);
  return number;
}

/** The characters of four bytes; what is not printable is a point. */
export function fourCcText(number: number): string {
  let text = '';
  for (let shift = 24; shift >= 0; shift -= 8) {
    const code = (number >>> shift) & 0xff;
    text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.';
  }
  return text;
}
