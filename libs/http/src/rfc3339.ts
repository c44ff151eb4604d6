const MS_PER_MINUTE = 60_000;

/** Wall-clock milliseconds (fractions too) as Go marshals a time: local zone, zeros at the end of the fraction left out. */
export function rfc3339(wallMs: number): string {
  const offsetMinutes = -new Date(wallMs).getTimezoneOffset();
  const wholeMs = Math.floor(wallMs);
  const microseconds = Math.floor((wallMs - wholeMs) * 1000);
  const local = new Date(wholeMs + offsetMinutes * MS_PER_MINUTE).toISOString();
  const fraction = `${local.slice(20, 23)}${String(microseconds).padStart(3, '0')}`.replace(/0+$/u, '');
  return `${local.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}${zoneOf(offsetMinutes)}`;
}

function zoneOf(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
