const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The first part of file names: 12 hexadecimal digits that are the same at each replica, and others for another epoch, variant or
 * revision of the description, so that no cache ever holds other bytes under a name.
 */
export function namePrefix(epoch: number, variant: string, revision: number): string {
  const text = `${epoch} ${variant} ${revision}`;
  return fnv1a(text).toString(16).padStart(8, '0') + (fnv1a(`${text} `) & 0xffff).toString(16).padStart(4, '0');
}

function fnv1a(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash >>> 0;
}
