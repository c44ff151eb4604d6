// Plays the stream of this folder: hls.js where it works, the browser's own HLS elsewhere. Nothing ends it: whatever fails is tried again.
'use strict';

(() => {
  const RETRY_MS = 2_000;
  const RETRYING = 'Trying again every 2 seconds.';
  /** A picture that stands still for so long, while it should move, is started anew. */
  const STANDSTILL_MS = 10_000;
  const WATCH_MS = 1_000;
  const MAX_BEHIND_S = 6;
  const MAX_BEHIND_SEGMENTS = 6;

  const TEXT = {
    loading: 'Loading the stream…',
    notFound: `There is no stream at this address at the moment. ${RETRYING}`,
    notAllowed: `You are not allowed to watch this stream, or your credentials are wrong. ${RETRYING}`,
    codecs: `This browser cannot play the codecs of this stream. ${RETRYING}`,
    decoding: `This browser could not decode the stream. ${RETRYING}`,
    server: `The server cannot deliver the stream at the moment. ${RETRYING}`,
    lost: `The connection to the server is lost. ${RETRYING}`,
    ended: `The stream was interrupted. ${RETRYING}`,
    standstill: `The picture has stopped. ${RETRYING}`,
    noPlayer:
      'This browser cannot play live streams (HLS). Try another browser, or open the address with index.m3u8 at its end in a player.',
  };

  const element = (id) => document.getElementById(id);
  const video = element('video');
  const notice = element('notice');
  const playButton = element('play');
  const audioPanel = element('audio');
  const audioTrack = element('audio-track');
  const playlistUrl = `index.m3u8${window.location.search}`;
  const options = readOptions(new URLSearchParams(window.location.search));

  /** What plays now; undefined between two attempts. */
  let attempt;
  let retryTimer;

  function readOptions(query) {
    const flag = (name, otherwise) => {
      const value = (query.get(name) ?? '').toLowerCase();
      if (['1', 'yes', 'true'].includes(value)) return true;
      return ['0', 'no', 'false'].includes(value) ? false : otherwise;
    };
    return {
      controls: flag('controls', true),
      muted: flag('muted', true),
      autoplay: flag('autoplay', true),
      playsInline: flag('playsinline', true),
      disablePictureInPicture: flag('disablepictureinpicture', false),
    };
  }

  /** A text that stays is not said twice to those who listen to the page. */
  function say(text) {
    if (notice.textContent !== text) notice.textContent = text;
    video.controls = options.controls && text === '';
  }

  function start() {
    clearTimeout(retryTimer);
    if (typeof Hls !== 'undefined' && Hls.isSupported()) attempt = playWithHlsJs();
    else if (video.canPlayType('application/vnd.apple.mpegurl') !== '') attempt = playNatively();
    else say(typeof Hls === 'undefined' ? TEXT.lost : TEXT.noPlayer);
    if (typeof Hls === 'undefined' && attempt === undefined) retryTimer = setTimeout(() => window.location.reload(), RETRY_MS);
  }

  function fail(text) {
    attempt?.end();
    attempt = undefined;
    audioPanel.hidden = true;
    playButton.hidden = true;
    say(text);
    clearTimeout(retryTimer);
    retryTimer = setTimeout(start, RETRY_MS);
  }

  function play() {
    if (!options.autoplay) return say('');
    video.play().catch((error) => {
      // Browsers refuse sound that nobody asked for.
      if (error.name !== 'NotAllowedError') return;
      say('');
      playButton.hidden = false;
    });
  }

  function playWithHlsJs() {
    const hls = new Hls({
      lowLatencyMode: true,
      maxLiveSyncPlaybackRate: 1.5,
      backBufferLength: 30,
      manifestLoadPolicy: { default: { maxTimeToFirstByteMs: 20_000, maxLoadTimeMs: 20_000, timeoutRetry: null, errorRetry: null } },
    });
    // Set afterwards: given to the constructor, it would take the place of the delay that low-latency playlists ask for.
    hls.config.liveMaxLatencyDurationCount = MAX_BEHIND_SEGMENTS;
    let mended = false;
    hls.on(Hls.Events.ERROR, (_event, data) => {
      if (!data.fatal) return;
      if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !mended && !isAboutCodecs(data)) {
        mended = true;
        hls.recoverMediaError();
      } else {
        fail(textOf(data));
      }
    });
    hls.on(Hls.Events.MANIFEST_PARSED, play);
    hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, () => showAudioTracks(hls));
    hls.loadSource(playlistUrl);
    hls.attachMedia(video);
    return { end: () => hls.destroy(), livePosition: () => hls.liveSyncPosition, setAudioTrack: (id) => (hls.audioTrack = id) };
  }

  function isAboutCodecs({ details }) {
    const { MANIFEST_INCOMPATIBLE_CODECS_ERROR, BUFFER_ADD_CODEC_ERROR, BUFFER_INCOMPATIBLE_CODECS_ERROR } = Hls.ErrorDetails;
    return [MANIFEST_INCOMPATIBLE_CODECS_ERROR, BUFFER_ADD_CODEC_ERROR, BUFFER_INCOMPATIBLE_CODECS_ERROR].includes(details);
  }

  function textOf(data) {
    if (isAboutCodecs(data)) return TEXT.codecs;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR) return TEXT.decoding;
    if (data.details === Hls.ErrorDetails.MANIFEST_PARSING_ERROR) return TEXT.server;
    // What a session asked for is refused when the session has ended, and it ends with the stream.
    const ofPlaylist = data.details === Hls.ErrorDetails.MANIFEST_LOAD_ERROR;
    return textOfStatus(data.response?.code ?? 0, ofPlaylist ? TEXT.notAllowed : TEXT.ended);
  }

  function textOfStatus(status, refused = TEXT.notAllowed) {
    if (status === 404) return TEXT.notFound;
    if (status === 401 || status === 403) return refused;
    return status === 0 ? TEXT.lost : TEXT.server;
  }

  /** The element says nothing of why it fails, so the playlist is asked for before. */
  function playNatively() {
    const abandoned = new AbortController();
    const onError = () => fail(video.error?.code === MediaError.MEDIA_ERR_NETWORK ? TEXT.lost : TEXT.codecs);
    const onEnded = () => fail(TEXT.ended);
    video.addEventListener('error', onError);
    video.addEventListener('ended', onEnded);
    fetch(playlistUrl, { signal: abandoned.signal }).then(
      (response) => {
        if (!response.ok) return fail(textOfStatus(response.status));
        video.src = playlistUrl;
        play();
      },
      () => {
        if (!abandoned.signal.aborted) fail(TEXT.lost);
      },
    );
    const end = () => {
      abandoned.abort();
      video.removeEventListener('error', onError);
      video.removeEventListener('ended', onEnded);
      video.removeAttribute('src');
      video.load();
    };
    const livePosition = () => (video.seekable.length > 0 ? video.seekable.end(video.seekable.length - 1) : null);
    return { end, livePosition, setAudioTrack: () => {} };
  }

  function showAudioTracks(hls) {
    const tracks = hls.audioTracks;
    audioTrack.replaceChildren(...tracks.map(({ id, name }) => new Option(name, String(id), false, id === hls.audioTrack)));
    audioPanel.hidden = tracks.length < 2;
  }

  /** Who paused, or had the page in the background, goes on with what is live. */
  function goLive() {
    const position = attempt?.livePosition();
    if (Number.isFinite(position) && position - video.currentTime > MAX_BEHIND_S) video.currentTime = position;
  }

  function watchPicture() {
    let shownTime = video.currentTime;
    let movedAt = performance.now();
    setInterval(() => {
      const now = performance.now();
      if (attempt === undefined || video.paused || video.currentTime !== shownTime) {
        shownTime = video.currentTime;
        movedAt = now;
      } else if (now - movedAt > STANDSTILL_MS) {
        movedAt = now;
        fail(TEXT.standstill);
      }
    }, WATCH_MS);
  }

  const KEYS = {
    ' ': () => (video.paused ? video.play().catch(() => {}) : video.pause()),
    m: () => (video.muted = !video.muted),
    f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.()),
  };

  video.autoplay = options.autoplay;
  video.muted = options.muted;
  video.playsInline = options.playsInline;
  video.disablePictureInPicture = options.disablePictureInPicture;
  say(TEXT.loading);
  try {
    document.title = decodeURIComponent(window.location.pathname).replaceAll(/^\/|\/$/g, '') || document.title;
  } catch {
    // a path that is not UTF-8: the title stays
  }

  video.addEventListener('play', () => {
    playButton.hidden = true;
    goLive();
  });
  video.addEventListener('playing', () => say(''));
  video.addEventListener('loadeddata', () => say(''));
  playButton.addEventListener('click', () => video.play().catch(() => {}));
  audioTrack.addEventListener('change', () => attempt?.setAudioTrack(Number(audioTrack.value)));
  window.addEventListener('online', () => {
    if (attempt === undefined) start();
  });
  // The keys of the controls work in the controls; elsewhere these do, also where there are none.
  document.addEventListener('keydown', (event) => {
    const action = KEYS[event.key];
    if (action === undefined || event.target !== document.body || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    action();
  });
  watchPicture();
  // At `load`, the deferred script is there, or has failed.
  window.addEventListener('load', start);
})();
