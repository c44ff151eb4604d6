import { expect, test } from 'vitest';
import { Histogram, metricText } from './metric-family.ts';

test('a histogram counts each value in its class and all above', () => {
  const histogram = new Histogram([0.1, 1]);
  for (const value of [0.1, 0.25, 0.5, 3]) histogram.observe(value);
  const family = { name: 'waits_seconds', help: 'Waits.', type: 'histogram', samples: histogram.samples({ service: 'rtsp' }) } as const;
  expect(metricText([family]).split('\n')).toEqual([
    '# HELP waits_seconds Waits.',
    '# TYPE waits_seconds histogram',
    'waits_seconds_bucket{service="rtsp",le="0.1"} 1',
    'waits_seconds_bucket{service="rtsp",le="1"} 3',
    'waits_seconds_bucket{service="rtsp",le="+Inf"} 4',
    'waits_seconds_sum{service="rtsp"} 3.85',
    'waits_seconds_count{service="rtsp"} 4',
    '',
  ]);
});

test('labels are escaped', () => {
  const samples = [
    { labels: {}, value: 1 },
    { labels: { path: 'a"b\\c\nd' }, value: 2 },
  ];
  expect(metricText([{ name: 'x', help: 'X.', type: 'counter', samples }])).toContain('x 1\nx{path="a\\"b\\\\c\\nd"} 2\n');
});
