import { type Conversion, choice, optional, SettingFault, type SettingsTable, text, wholeNumber } from './setting.ts';
import { type FunctionSettings, RESPONSE_MODES, type ResponseMode, SETTINGS } from './settings.ts';

/** All settings of the local gateway. Without a bucket, it serves the directory. */
export interface LocalSettings extends Omit<FunctionSettings, 'bucket'>, GatewaySettings {
  readonly bucket: string | undefined;
}

/** Settings that only the local gateway has. */
export interface GatewaySettings {
  readonly directory: string;
  /** 0 selects any free port. */
  readonly port: number;
  readonly responseMode: ResponseMode;
  /** If undefined, the gateway generates a key. */
  readonly apiKey: string | undefined;
  /** Limits for the key: requests per second, and requests at once. */
  readonly throttle: Throttle | undefined;
  /** Requests of the key per day. */
  readonly quota: number | undefined;
}

interface Throttle {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html */
const API_KEY_VALUE = /^[A-Za-z0-9]{20,128}$/;

const count = wholeNumber(1, 1_000_000_000, 'a whole number from 1 to 1000000000');

const checkThrottle = (value: unknown): Throttle | SettingFault => {
  const { rateLimit, burstLimit } = Object(value) as Throttle;
  return [rateLimit, burstLimit].some((limit) => count.check(limit) instanceof SettingFault)
    ? new SettingFault('expected requests per second and requests at once: two whole numbers such as 200,400')
    : { rateLimit, burstLimit };
};

const throttle: Conversion<Throttle> = {
  check: checkThrottle,
  parse: (written) => {
    const [rateLimit, burstLimit, ...rest] = written.split(',').map((limit) => count.parse(limit.trim()));
    return checkThrottle(rest.length === 0 ? { rateLimit, burstLimit } : undefined);
  },
  format: ({ rateLimit, burstLimit }) => `${rateLimit},${burstLimit}`,
};

/** The settings that only the local gateway has, in the order of the docs. */
export const GATEWAY_SETTINGS: SettingsTable<GatewaySettings> = {
  directory: {
    variable: 'IMAGES_DIRECTORY',
    ...text(/./s, 'a folder that holds images'),
    default: 'samples',
    meaning: `The folder that is served if \`${SETTINGS.bucket.variable}\` is not set.`,
  },
  port: {
    variable: 'PORT',
    ...wholeNumber(0, 65_535, 'a port: 0 to 65535'),
    default: 3_000,
    meaning: 'The port; `0` for any free port.',
  },
  responseMode: {
    variable: 'RESPONSE_MODE',
    ...choice(RESPONSE_MODES, RESPONSE_MODES.join(' or ')),
    default: 'stream',
    meaning: 'How images are sent: `stream` as they arrive, or `buffered`.',
  },
  apiKey: {
    variable: 'API_KEY',
    ...optional(text(API_KEY_VALUE, '20 to 128 letters and digits')),
    default: undefined,
    meaning: 'The API key that clients send. Without it, each start generates one.',
  },
  throttle: {
    variable: 'THROTTLE',
    ...optional(throttle),
    default: undefined,
    meaning:
      'Limits for the key, such as `200,400`: requests per second, and requests at once. Requests above them get 429 `throttled`.',
  },
  quota: {
    variable: 'QUOTA',
    ...optional(count),
    default: undefined,
    meaning:
      'Requests of the key per day. Further requests get 429 `quota-exceeded` until midnight UTC. Here, throttled requests do not count.',
  },
};
