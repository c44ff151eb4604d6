import { bytesFromHex } from '@mediamesh/bytes';

const hex = (text: string): Uint8Array => bytesFromHex(text.replace(/\s/g, ''));

/** RFC 5769 2.1: a check of an ICE agent. */
export const RFC_5769_REQUEST = hex(`
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae
  80220010 5354554e 20746573 7420636c 69656e74
  00240004 6e0001ff
  80290008 932ff9b1 51263b36
  00060009 6576746a 3a683676 59202020
  00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  80280004 e57a3bcf`);
export const RFC_5769_PASSWORD = 'VOkJxbRl1RmTxUk/WvJxBt';
export const RFC_5769_USERNAME = 'evtj:h6vY';
