'use strict';

/**
 * Plays a path over WHEP, and connects again when the connection is lost.
 *
 *   const reader = new MediaMTXWebRTCReader({
 *     url: 'http://localhost:8889/mystream/whep',
 *     user, pass, token,          // all optional
 *     onError: (text) => ...,     // what a person is told; it goes on trying
 *     onTrack: (event) => ...,    // an RTCTrackEvent: event.streams[0] is what a <video> plays
 *     onDataChannel: (event) => ...,
 *   });
 *   reader.close();
 */
class MediaMTXWebRTCReader {
  static RETRY_MS = 2000;

  #conf;
  #connection = null;
  #sessionUrl = null;
  #offer = null;
  #waiting = [];
  #retry = null;
  #closed = false;
  #attempt = 0;

  constructor(conf) {
    this.#conf = conf;
    void this.#start();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#stop();
  }

  async #start() {
    const attempt = ++this.#attempt;
    const isOver = () => this.#closed || attempt !== this.#attempt;
    try {
      const iceServers = await this.#iceServers();
      if (isOver()) return;
      const connection = this.#connect(iceServers, attempt);
      const offer = await connection.createOffer();
      offer.sdp = MediaMTXWebRTCReader.#withStereo(offer.sdp);
      await connection.setLocalDescription(offer);
      this.#offer = MediaMTXWebRTCReader.#credentialsOf(offer.sdp);
      const answer = await this.#sendOffer(offer.sdp);
      if (isOver()) return this.#deleteSession(answer.sessionUrl);
      this.#sessionUrl = answer.sessionUrl;
      await connection.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
      this.#watchTransport(connection, attempt);
      if (!isOver() && this.#waiting.length > 0) this.#sendCandidates(this.#waiting.splice(0));
    } catch (error) {
      if (!isOver()) this.#failed(error instanceof Error ? error.message : String(error));
    }
  }

  #connect(iceServers, attempt) {
    const connection = new RTCPeerConnection({ iceServers, sdpSemantics: 'unified-plan' });
    this.#connection = connection;
    connection.addTransceiver('video', { direction: 'recvonly' });
    connection.addTransceiver('audio', { direction: 'recvonly' });
    // The data channel's media is in the offer only with a channel of ours.
    if (this.#conf.onDataChannel) connection.createDataChannel('');
    connection.ondatachannel = (event) => this.#conf.onDataChannel?.(event);
    connection.ontrack = (event) => this.#conf.onTrack?.(event);
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null || candidate.candidate === '') return;
      if (this.#sessionUrl === null) this.#waiting.push(candidate);
      else this.#sendCandidates([candidate]);
    };
    connection.onconnectionstatechange = () => {
      const { connectionState } = connection;
      if (attempt !== this.#attempt || (connectionState !== 'failed' && connectionState !== 'closed')) return;
      this.#failed('the connection to the server was lost');
    };
    return connection;
  }

  /** The server says when it ends a session; browsers tell it here, and in the connection's own state 20 s later. */
  #watchTransport(connection, attempt) {
    const { transport } = connection.getTransceivers()[0].receiver;
    if (!transport) return;
    transport.addEventListener('statechange', () => {
      if (attempt !== this.#attempt || (transport.state !== 'closed' && transport.state !== 'failed')) return;
      this.#failed('the connection to the server was lost');
    });
  }

  #headers(more) {
    const { user, pass, token } = this.#conf;
    const headers = { ...more };
    if (user) headers.Authorization = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${pass ?? ''}`)))}`;
    else if (token) headers.Authorization = `Bearer ${token}`;
    return headers;
  }

  async #iceServers() {
    const response = await this.#fetch({ method: 'OPTIONS', headers: this.#headers() });
    if (response.status === 401) throw new Error('user name and password are needed, or were not accepted');
    const links = response.headers.get('Link');
    return links === null ? [] : MediaMTXWebRTCReader.#parseLinks(links);
  }

  async #fetch(request) {
    try {
      return await fetch(this.#conf.url, request);
    } catch {
      throw new Error('the server does not answer');
    }
  }

  async #sendOffer(sdp) {
    const headers = this.#headers({ 'Content-Type': 'application/sdp' });
    const response = await this.#fetch({ method: 'POST', headers, body: sdp });
    if (response.status === 201) {
      return { sdp: await response.text(), sessionUrl: new URL(response.headers.get('Location'), this.#conf.url).toString() };
    }
    if (response.status === 404) throw new Error('there is no stream at this address at the moment');
    if (response.status === 401) throw new Error('user name and password are needed, or were not accepted');
    const { error } = await response.json().catch(() => ({}));
    throw new Error(error ?? `the server answered with status ${response.status}`);
  }

  #sendCandidates(candidates) {
    const { ufrag, pwd, medias } = this.#offer;
    const lines = [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`];
    medias.forEach((media, index) => {
      const own = candidates.filter(({ sdpMLineIndex }) => sdpMLineIndex === index);
      if (own.length > 0) lines.push(`m=${media}`, `a=mid:${index}`, ...own.map(({ candidate }) => `a=${candidate}`));
    });
    fetch(this.#sessionUrl, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*' },
      body: `${lines.join('\r\n')}\r\n`,
    }).catch(() => {}); // the server knows our address when we check its own
  }

  #failed(text) {
    this.#stop();
    if (this.#closed) return;
    this.#conf.onError?.(`${text}, trying again in a moment`);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#start(), MediaMTXWebRTCReader.RETRY_MS);
  }

  #stop() {
    this.#attempt++;
    const connection = this.#connection;
    this.#connection = null;
    if (connection !== null) {
      connection.onconnectionstatechange = null;
      connection.close();
    }
    if (this.#sessionUrl !== null) this.#deleteSession(this.#sessionUrl);
    this.#sessionUrl = null;
    this.#waiting = [];
  }

  #deleteSession(url) {
    fetch(url, { method: 'DELETE', keepalive: true }).catch(() => {}); // it ends by itself too
  }

  /** `<url>; rel="ice-server"; username="u"; credential="p"`, several of them. */
  static #parseLinks(header) {
    return header.split(/,\s*(?=<)/).flatMap((link) => {
      const [, urls] = /^<(.+?)>; rel="ice-server"/i.exec(link) ?? [];
      if (urls === undefined) return [];
      const parameter = (name) => {
        const quoted = new RegExp(`; ${name}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(link)?.[1];
        return quoted?.replace(/\\(.)/g, '$1');
      };
      const username = parameter('username');
      return [username === undefined ? { urls } : { urls, username, credential: parameter('credential') }];
    });
  }

  /** Browsers decode Opus to one channel unless the offer says otherwise. */
  static #withStereo(sdp) {
    const opus = /a=rtpmap:(\d+) opus\/48000\/2/i.exec(sdp)?.[1];
    if (opus === undefined) return sdp;
    return sdp.replace(new RegExp(`(a=fmtp:${opus} [^\\r\\n]*)`), (line) => (line.includes('stereo=1') ? line : `${line};stereo=1`));
  }

  static #credentialsOf(sdp) {
    return {
      ufrag: /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? '',
      pwd: /a=ice-pwd:(\S+)/.exec(sdp)?.[1] ?? '',
      medias: [...sdp.matchAll(/^m=(.*?)\r?$/gm)].map(([, media]) => media),
    };
  }
}

window.MediaMTXWebRTCReader = MediaMTXWebRTCReader;
