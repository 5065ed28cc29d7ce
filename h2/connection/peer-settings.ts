import {
  type ErrorCode,
  errorCodes,
  framePayloadBytes,
  framePayloadBytesLimit,
  settingIds,
  uint32At,
  windowBytesMax,
} from '../frames/index.ts';

/** What of a peer's SETTINGS concerns a server that pushes nothing and sends no frame that is larger than it must be. */
export interface PeerSettings {
  readonly headerTableSize: number | undefined;
  readonly initialWindowSize: number | undefined;
}

export interface SettingsProblem {
  readonly code: ErrorCode;
  readonly reason: string;
}

/** Reads SETTINGS (RFC 9113 section 6.5). Of one that is there twice, the last counts; unknown ones are passed over. */
export function peerSettings(payload: Uint8Array): PeerSettings | SettingsProblem {
  if (payload.length % 6 !== 0) {
    return {
      code: errorCodes.frameSizeError,
      reason: `SETTINGS of ${payload.length} bytes are not pairs`,
    };
  }
  let headerTableSize: number | undefined;
  let initialWindowSize: number | undefined;
  for (let at = 0; at < payload.length; at += 6) {
    const id = ((payload[at] as number) << 8) | (payload[at + 1] as number);
    const value = uint32At(payload, at + 2);
    switch (id) {
      case settingIds.headerTableSize:
        headerTableSize = value;
        break;
      case settingIds.enablePush:
        if (value > 1) return problem(errorCodes.protocolError, 'SETTINGS_ENABLE_PUSH', value);
        break;
      case settingIds.initialWindowSize:
        if (value > windowBytesMax) {
          return problem(errorCodes.flowControlError, 'SETTINGS_INITIAL_WINDOW_SIZE', value);
        }
        initialWindowSize = value;
        break;
      case settingIds.maxFrameSize:
        if (value < framePayloadBytes || value > framePayloadBytesLimit) {
          return problem(errorCodes.protocolError, 'SETTINGS_MAX_FRAME_SIZE', value);
        }
        break;
    }
  }
  return { headerTableSize, initialWindowSize };
}

function problem(code: ErrorCode, name: string, value: number): SettingsProblem {
  return { code, reason: `${name} can't be ${value}` };
}
