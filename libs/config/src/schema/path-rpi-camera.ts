import { boolType, floatType, stringType, uintType } from '../value-type.ts';
import { deprecatedKey, hotPathKey, pathKey } from './key.ts';
import { floatListType } from './types.ts';

/** When the source is "rpiCamera". */
export const PATH_RPI_CAMERA_KEYS = {
  rpiCameraCamID: pathKey(uintType, 0, 'Number of the camera.'),
  rpiCameraSecondary: pathKey(boolType, false, 'A second stream of a camera whose first is on another path.'),
  rpiCameraWidth: pathKey(uintType, 1920, 'Width in pixels.'),
  rpiCameraHeight: pathKey(uintType, 1080, 'Height in pixels.'),
  rpiCameraHFlip: pathKey(boolType, false, 'Flips left and right.'),
  rpiCameraVFlip: pathKey(boolType, false, 'Flips top and bottom.'),
  rpiCameraBrightness: hotPathKey(floatType, 0, 'Brightness, -1 to 1.'),
  rpiCameraContrast: hotPathKey(floatType, 1, 'Contrast, 0 to 16.'),
  rpiCameraSaturation: hotPathKey(floatType, 1, 'Saturation, 0 to 16.'),
  rpiCameraSharpness: hotPathKey(floatType, 1, 'Sharpness, 0 to 16.'),
  rpiCameraExposure: hotPathKey(stringType, 'normal', 'Exposure: normal, short, long, custom.'),
  rpiCameraAWB: hotPathKey(
    stringType,
    'auto',
    'White balance: auto, incandescent, tungsten, fluorescent, indoor, daylight, cloudy, custom.',
  ),
  rpiCameraAWBGains: hotPathKey(floatListType, [0, 0], 'Gains of white balance "custom": red, blue.'),
  rpiCameraDenoise: hotPathKey(stringType, 'off', 'Noise removal: "off" (quoted), cdn_off, cdn_fast, cdn_hq.'),
  rpiCameraShutter: hotPathKey(uintType, 0, 'Shutter time in microseconds; 0 is automatic.'),
  rpiCameraMetering: hotPathKey(stringType, 'centre', 'Metering: centre, spot, matrix, custom.'),
  rpiCameraGain: hotPathKey(floatType, 0, 'Fixed gain; 0 is automatic.'),
  rpiCameraEV: hotPathKey(floatType, 0, 'Exposure compensation, -10 to 10.'),
  rpiCameraROI: pathKey(stringType, '', 'Part of the picture: x,y,width,height, each from 0 to 1.'),
  rpiCameraHDR: pathKey(boolType, false, 'High dynamic range (Camera Module 3).'),
  rpiCameraTuningFile: pathKey(stringType, '', 'Tuning file of the camera.'),
  rpiCameraMode: pathKey(stringType, '', 'Sensor mode: width:height[:bits[:packing]].'),
  rpiCameraFPS: hotPathKey(floatType, 30, 'Frames a second.'),
  rpiCameraAfMode: pathKey(stringType, 'continuous', 'Autofocus: auto, manual, continuous.'),
  rpiCameraAfRange: pathKey(stringType, 'normal', 'Range of the autofocus: normal, macro, full.'),
  rpiCameraAfSpeed: pathKey(stringType, 'normal', 'Speed of the autofocus: normal, fast.'),
  rpiCameraLensPosition: pathKey(floatType, 0, 'Position of the lens with manual focus, in dioptres.'),
  rpiCameraAfWindow: pathKey(stringType, '', 'Window of the autofocus: x,y,width,height, each from 0 to 1.'),
  rpiCameraFlickerPeriod: hotPathKey(uintType, 0, 'Period of flickering light in microseconds; 0 is off.'),
  rpiCameraTextOverlayEnable: hotPathKey(boolType, false, 'Prints a text on the picture.'),
  rpiCameraTextOverlay: hotPathKey(stringType, '%Y-%m-%d %H:%M:%S - MediaMTX', 'The text, with the codes of strftime.'),
  rpiCameraCodec: pathKey(stringType, 'auto', 'Codec: auto, hardwareH264, softwareH264, mjpeg.'),
  rpiCameraIDRPeriod: hotPathKey(uintType, 60, 'Frames from key frame to key frame.'),
  rpiCameraBitrate: hotPathKey(uintType, 5_000_000, 'Bits a second.'),
  rpiCameraProfile: deprecatedKey(stringType, { replacedBy: 'rpiCameraHardwareH264Profile', onlyFor: 'rpiCamera' }),
  rpiCameraLevel: deprecatedKey(stringType, { replacedBy: 'rpiCameraHardwareH264Level', onlyFor: 'rpiCamera' }),
  rpiCameraHardwareH264Profile: encoderKey('rpiCameraHardwareH264Profile', 'rpiCameraH264Profile'),
  rpiCameraHardwareH264Level: encoderKey('rpiCameraHardwareH264Level', 'rpiCameraH264Level'),
  rpiCameraSoftwareH264Profile: encoderKey('rpiCameraSoftwareH264Profile', 'rpiCameraH264Profile'),
  rpiCameraSoftwareH264Level: encoderKey('rpiCameraSoftwareH264Level', 'rpiCameraH264Level'),
  rpiCameraH264Profile: pathKey(stringType, 'auto', 'Profile of H.264: auto, baseline, main, high.'),
  rpiCameraH264Level: pathKey(stringType, '4.1', 'Level of H.264: 4.0, 4.1, 4.2.'),
  rpiCameraJPEGQuality: deprecatedKey(uintType, { replacedBy: 'rpiCameraMJPEGQuality', onlyFor: 'rpiCamera' }),
  rpiCameraMJPEGQuality: pathKey(uintType, 60, 'Quality of MJPEG, 0 to 100.'),
} as const;

/** Went to one encoder only; the value is kept under its own key for it. */
function encoderKey(key: string, successor: string) {
  const warning = `parameter '${key}' is deprecated and has been replaced with '${successor}'`;
  return deprecatedKey(stringType, { warning, onlyFor: 'rpiCamera' }, `Replaced by \`${successor}\`.`);
}
