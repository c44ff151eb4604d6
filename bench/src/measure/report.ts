/** What a workload prints: one line of JSON, and one for people. Undefined figures do not apply. */
export interface Report {
  readonly workload: string;
  readonly what: string;
  readonly figures: Readonly<Record<string, number | undefined>>;
  /** The figure by which the median run is chosen. */
  readonly decisive: string;
}

const UNITS: Readonly<Record<string, string>> = {
  cores: ' cores',
  natsCores: ' cores of NATS',
  usPerFrame: ' us CPU a frame',
  residentMib: ' MiB',
};
/** In the line of JSON only. */
const DETAILS: readonly string[] = [
  'loadAverage',
  'systemCores',
  'otherThreadsCores',
  'pageFaultsPerFrame',
  'framesExpected',
  'answersPerSecond',
];
/** As these, in runs that went as they should. */
const QUIET_WHEN_ZERO: readonly string[] = ['packetsLost', 'closed', 'publisherBlocked', 'failed'];

export function printReport(report: Report, context: Readonly<Record<string, unknown>>): void {
  const figures = Object.fromEntries(Object.entries(report.figures).map(([name, value]) => [name, rounded(value)]));
  process.stdout.write(`${JSON.stringify({ workload: report.workload, ...figures, ...context })}\n`);
  const parts = Object.entries(figures)
    .filter(([name, value]) => value !== undefined && !DETAILS.includes(name) && !(value === 0 && QUIET_WHEN_ZERO.includes(name)))
    .map(([name, value]) => (name in UNITS ? `${value}${UNITS[name]}` : `${name} ${value}`));
  process.stdout.write(`${report.workload}: ${report.what}: ${parts.join(', ')} (load average ${figures['loadAverage']})\n`);
}

export function medianReport(reports: readonly Report[]): Report {
  const sorted = reports.toSorted((a, b) => (a.figures[a.decisive] ?? 0) - (b.figures[b.decisive] ?? 0));
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

/** Three significant digits, and at least whole numbers. */
function rounded(value: number | undefined): number | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}
