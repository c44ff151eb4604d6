import { ParseError, concatBytes, copyBytes, equalBytes } from '@mediamesh/bytes';
import type { CodecDescription } from '../description.ts';
import { parseMpeg4VideoFrame } from '../mpeg4-video/frame.ts';
import { MPEG4_VOP_TYPE } from '../mpeg4-video/start-code.ts';
import { parseVideoObjectLayer } from '../mpeg4-video/video-object-layer.ts';
import { PresentationWindow, frameTicks } from '../timing/presentation-window.ts';
import type { AccessUnitProcessor, ProcessedUnit } from './processed-unit.ts';

/** Bytes of a configuration; real ones have some fifty. */
export const MAX_MPEG4_VIDEO_CONFIG_BYTES = 4096;

/**
 * MPEG-4 part 2 video: the configuration follows the stream and stands before each frame with a group of VOPs or an intra VOP.
 *
 * Errors:   ParseError when there is not one frame, or its configuration is too large.
 * Aliasing: frames are views of the input, or copies with the configuration before them.
 * Source:   ISO 14496-2 6.2; B-VOPs follow the VOP that they precede in presentation, so the reorder depth is 1 or 0.
 */
export class Mpeg4VideoProcessor implements AccessUnitProcessor {
  private current: CodecDescription & { readonly codec: 'MPEG-4 Video' };
  private readonly clockRateHz: number;
  private readonly window: PresentationWindow;
  private depth = 0;

  constructor(description: CodecDescription & { readonly codec: 'MPEG-4 Video' }, clockRateHz: number) {
    this.current = description;
    this.clockRateHz = clockRateHz;
    this.window = new PresentationWindow(clockRateHz);
    if (description.parameters.config) this.startSequence(description.parameters.config);
  }

  get description(): CodecDescription {
    return this.current;
  }

  process(payload: readonly Uint8Array[], ptsTicks: number): ProcessedUnit | null {
    const input = payload[0];
    if (!input || input.length === 0) return null;
    if (payload.length > 1) throw new ParseError('MPEG-4 video unit', 0, `has ${payload.length} frames`);
    const { configBytes, groupOfVop, vopType } = parseMpeg4VideoFrame(input);
    if (configBytes > 0) this.useConfig(input.subarray(0, configBytes));
    const frame = configBytes === 0 ? input : input.subarray(configBytes);
    if (frame.length === 0) return null;
    const key = groupOfVop || vopType === MPEG4_VOP_TYPE.intra;
    if (vopType === MPEG4_VOP_TYPE.bidirectional) this.depth = 1;
    const config = this.current.parameters.config;
    const unit = key && config ? [concatBytes([config, frame])] : frame === input ? payload : [frame];
    return { payload: unit, ptsTicks, dtsTicks: this.window.push(ptsTicks, this.depth), key };
  }

  private useConfig(config: Uint8Array): void {
    if (config.length > MAX_MPEG4_VIDEO_CONFIG_BYTES) {
      throw new ParseError('MPEG-4 video configuration', 0, `is larger than ${MAX_MPEG4_VIDEO_CONFIG_BYTES} bytes`);
    }
    const known = this.current.parameters.config;
    if (known && equalBytes(known, config)) return;
    this.current = { codec: 'MPEG-4 Video', parameters: { ...this.current.parameters, config: copyBytes(config) } };
    this.startSequence(config);
  }

  private startSequence(config: Uint8Array): void {
    this.window.startSequence();
    this.depth = 0;
    try {
      const layer = parseVideoObjectLayer(config);
      this.depth = layer.lowDelay === false ? 1 : 0;
      this.window.frameTicks = frameTicks(layer.fps, this.clockRateHz);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error; // the depth then comes from the pictures
    }
  }
}
