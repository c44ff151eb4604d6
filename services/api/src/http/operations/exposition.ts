/** A label's name and value; written in this order, which is the alphabet's. */
export type Label = readonly [name: string, value: string];

/**
 * A line of the text format, as MediaMTX writes it: no HELP, no TYPE, no time.
 * Values of labels are escaped, which MediaMTX does not do; what it accepts as a path's name needs none.
 */
export function sampleLine(name: string, labels: readonly Label[], value: number): string {
  const inside = labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',');
  return `${name}${inside === '' ? '' : `{${inside}}`} ${decimal(value)}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** The shortest decimal of a number, never with an exponent. */
export function decimal(value: number): string {
  const text = String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = ''] = parts;
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}
