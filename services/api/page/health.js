// How streams are doing: tracks with their figures, and alerts. It is sent as one script with operator.js, which uses it.
/* eslint-disable no-unused-vars */
'use strict';

/** Limits of the path key healthAlerts. */
const ALERTS = {
  minBitrate: '⚠ low bitrate',
  minFrameRate: '⚠ low frame rate',
  maxKeyFrameInterval: '⚠ key frames too rare',
  maxClockDrift: '⚠ clock drifts',
  maxSilence: '⚠ silent',
  noBFrames: '⚠ B-frames',
};
/** Shorter pauses are of no interest. */
const SILENCE_MS = 2_000;

function figuresOf({ kind, bitrateBps, frameRate, keyFrameIntervalMs, bFrames, clockDriftPpm, silenceMs }) {
  const known = [
    bitrateBps !== null && rateText(bitrateBps),
    frameRate !== null && `${frameRate.toFixed(1)} fps`,
    keyFrameIntervalMs !== null && `key frame every ${secondsText(keyFrameIntervalMs)}`,
    bFrames && 'B-frames',
    clockDriftPpm !== null && `clock ${clockDriftPpm > 0 ? '+' : ''}${clockDriftPpm} ppm`,
  ];
  // Data comes when there is some.
  if (kind !== 'data' && silenceMs > SILENCE_MS) known.push(element('span', { class: 'bad' }, `silent for ${secondsText(silenceMs)}`));
  return known.filter((figure) => figure).flatMap((figure, index) => (index === 0 ? [figure] : [' · ', figure]));
}

function secondsText(ms) {
  return `${(ms / 1e3).toFixed(ms < 1e4 ? 1 : 0).replace(/\.0$/, '')} s`;
}

function trackList({ tracks2, health }) {
  if (tracks2.length === 0) return '';
  const items = tracks2.map(({ codec, codecProps }, index) => {
    const size = codecProps?.width ? ` ${codecProps.width}×${codecProps.height}` : '';
    const figures = health?.tracks[index];
    return element('li', {}, codec + size, ...(figures ? [element('small', {}, ...figuresOf(figures))] : []));
  });
  return element('ul', {}, ...items);
}

function alertList({ health }) {
  const alerts = health?.alerts ?? [];
  if (alerts.length === 0) return '';
  return element('ul', { 'aria-label': 'Alerts', class: 'bad' }, ...alerts.map((name) => element('li', {}, ALERTS[name] ?? name)));
}
