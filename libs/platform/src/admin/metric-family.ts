/** Figures of one name, as Prometheus reads them. Source: Prometheus text format 0.0.4. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  /** Behind the name: `_bucket`, `_sum`, `_count` of a histogram. */
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Durations by class. */
export class Histogram {
  private readonly bounds: readonly number[];
  private readonly counts: number[];
  private sum = 0;

  /** Upper bounds, ascending. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const index = this.bounds.findIndex((bound) => value <= bound);
    this.counts[index < 0 ? this.bounds.length : index]!++;
    this.sum += value;
  }

  samples(labels: Readonly<Record<string, string>>): readonly MetricSample[] {
    let count = 0;
    const buckets = this.counts.map((own, index) => {
      count += own;
      return {
        suffix: '_bucket',
        labels: { ...labels, le: index < this.bounds.length ? String(this.bounds[index]) : '+Inf' },
        value: count,
      };
    });
    return [...buckets, { suffix: '_sum', labels, value: this.sum }, { suffix: '_count', labels, value: count }];
  }
}

/** Families of the same name, of several services of a process, become one. */
export function metricText(families: readonly MetricFamily[]): string {
  const byName = new Map<string, { readonly family: MetricFamily; readonly samples: MetricSample[] }>();
  for (const family of families) {
    const known = byName.get(family.name);
    if (known === undefined) byName.set(family.name, { family, samples: [...family.samples] });
    else known.samples.push(...family.samples);
  }
  const lines: string[] = [];
  for (const { family, samples } of byName.values()) {
    lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`);
    for (const { suffix = '', labels, value } of samples) lines.push(`${family.name}${suffix}${labelText(labels)} ${value}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escapeLabel)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escapeLabel(character: string): string {
  return character === '\n' ? String.raw`\n` : `\\${character}`;
}
