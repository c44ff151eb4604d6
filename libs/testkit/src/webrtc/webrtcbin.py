"""gstreamer's webrtcbin as a WHIP or WHEP client, for tests: webrtcbin itself knows no signalling.

    webrtcbin.py publish URL ELEMENTS             that feed `peer.`, each media with its RTP caps
    webrtcbin.py read URL [KIND CAPS ELEMENTS]...   asks for medias of these RTP caps, and links each to its elements

Says `connected` when media may flow. Debian's Python runs it: gi is its module.
"""

import sys
import threading
import urllib.request

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstSdp', '1.0')
gi.require_version('GstWebRTC', '1.0')
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

DEADLINE_S = 10
LOOPBACK = '127.0.0.1'
# What `link` needs. gi makes a class in steps when it is first needed: each media has its thread, and the second saw one half made.
CLASSES = (Gst.Bin, Gst.Caps, Gst.GhostPad, Gst.Pad, Gst.Structure)


class Peer:
    def __init__(self, url, elements):
        self.url = url
        self.loop = GLib.MainLoop()
        self.failure = None
        self.sinks = {}
        self.pipeline = Gst.Pipeline()
        description = f'{elements} webrtcbin name=peer bundle-policy=max-bundle'
        self.elements = Gst.parse_bin_from_description(description, False)
        self.pipeline.add(self.elements)
        self.webrtc = self.elements.get_by_name('peer')
        self.agent = self.webrtc.get_property('ice-agent')  # kept: its only reference is handed over
        self.agent.emit('add-local-ip-address', LOOPBACK)  # which it leaves out by itself
        self.webrtc.connect('on-negotiation-needed', self.negotiate)
        self.webrtc.connect('notify::ice-gathering-state', self.gathered)
        self.webrtc.connect('notify::connection-state', self.connected)
        self.webrtc.connect('pad-added', self.link)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message::error', self.failed)

    def receive(self, kind, caps, elements):
        self.sinks[kind] = elements
        direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
        self.webrtc.emit('add-transceiver', direction, Gst.Caps.from_string(f'application/x-rtp,media={kind},{caps}'))

    def run(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        return self.failure

    def negotiate(self, _):
        self.webrtc.emit('create-offer', None, Gst.Promise.new_with_change_func(self.offered, None))

    def offered(self, promise, _):
        reply = promise.get_reply()
        self.webrtc.emit('set-local-description', reply.get_value('offer'), Gst.Promise.new())

    def gathered(self, *_):
        if self.webrtc.get_property('ice-gathering-state') == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            threading.Thread(target=self.signal, daemon=True).start()

    def signal(self):
        offer = self.webrtc.get_property('local-description').sdp.as_text()
        request = urllib.request.Request(self.url, offer.encode(), {'Content-Type': 'application/sdp'}, method='POST')
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_S) as response:
                text = response.read()
        except OSError as error:
            return self.end(f'{self.url}: {error}')
        _, sdp = GstSdp.SDPMessage.new()
        GstSdp.sdp_message_parse_buffer(text, sdp)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
        self.webrtc.emit('set-remote-description', answer, Gst.Promise.new())

    def connected(self, *_):
        state = self.webrtc.get_property('connection-state')
        if state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED:
            print('connected', flush=True)
        elif state == GstWebRTC.WebRTCPeerConnectionState.FAILED:
            self.end('the connection failed')

    def link(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        elements = self.sinks[pad.get_current_caps().get_structure(0).get_string('media')]
        sink = Gst.parse_bin_from_description(f'queue max-size-time=0 max-size-bytes=0 ! {elements}', True)
        self.elements.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad('sink'))

    def failed(self, _, message):
        error, debug = message.parse_error()
        self.end(f'{error.message}: {debug}')

    def end(self, failure):
        self.failure = failure
        self.loop.quit()


Gst.init(None)
action, address, *rest = sys.argv[1:]
peer = Peer(address, rest.pop(0) if action == 'publish' else '')
for first in range(0, len(rest), 3):
    peer.receive(*rest[first : first + 3])
sys.exit(peer.run())
