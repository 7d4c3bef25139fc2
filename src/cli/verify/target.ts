import { readFileSync } from 'node:fs';
import { SettingFault, SettingsError, wholeNumber } from '../../settings/setting.ts';
import { CLIENT_VARIABLES } from '../../settings/settings.ts';
import type { Variables } from '../../settings/variables.ts';

/** The deployed service, and what to send to it. */
export interface VerifyTarget {
  /** Scheme, host, port and stage, without a slash at the end. */
  readonly url: URL;
  readonly apiKey: string;
  /**
   * Paths of images, percent-encoded, with a leading slash. The first is an ordinary image. Empty to read one from the
   * listing.
   */
  readonly samples: readonly string[];
  /** The origin whose scripts may read the responses; undefined to skip the checks of CORS. */
  readonly origin: string | undefined;
  /** Number of concurrent requests that must exceed the rate limit; undefined to skip the check. */
  readonly burst: number | undefined;
  /** Milliseconds for each check. */
  readonly timeout: number;
}

/** Options as the command line gives them. */
export interface VerifyOptions {
  readonly url?: string;
  readonly sample?: readonly string[];
  readonly apiKeyFile?: string;
  readonly origin?: string;
  readonly burst?: string;
  readonly timeout: string;
}

/**
 * Checks the options.
 *
 * @throws SettingsError with all faults.
 */
export const readTarget = (options: VerifyOptions, env: Variables): VerifyTarget => {
  const faults: string[] = [];
  const accept = <Value>(value: Value | SettingFault): Value | undefined => {
    if (!(value instanceof SettingFault)) return value;
    faults.push(value.message);
    return undefined;
  };
  const url = accept(parseUrl(options.url ?? env[CLIENT_VARIABLES.url]));
  const apiKey = accept(readApiKey(options.apiKeyFile, env[CLIENT_VARIABLES.apiKey]));
  const samples = accept(parseSamples(options.sample ?? []));
  const origin = accept(options.origin === undefined ? undefined : parseOrigin(options.origin));
  const burst = accept(options.burst === undefined ? undefined : parseBurst(options.burst));
  const seconds = accept(parseTimeout(options.timeout));
  if (
    url === undefined ||
    apiKey === undefined ||
    samples === undefined ||
    seconds === undefined ||
    faults.length > 0
  ) {
    throw new SettingsError(faults);
  }
  return { url, apiKey, samples, origin, burst, timeout: seconds * 1000 };
};

const parseUrl = (text = ''): URL | SettingFault => {
  if (text === '') {
    return new SettingFault(
      `--url: missing; give the URL of the service with its stage, or set ${CLIENT_VARIABLES.url}. The output Endpoint of the API stack has it.`,
    );
  }
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username + url.password + url.search + url.hash !== '') {
    return new SettingFault(
      '--url: expected a URL with the stage and without user, query and fragment, such as https://abc123.execute-api.eu-central-1.amazonaws.com/dev',
    );
  }
  if (!isSecure(url)) {
    return new SettingFault('--url: http would send the API key unencrypted; use https. http is for local hosts only.');
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
};

/** True if requests for the URL are encrypted, or stay on this machine. */
export const isSecure = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && LOCAL_HOST.test(hostname));

const LOCAL_HOST = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

const readApiKey = (file: string | undefined, variable = ''): string | SettingFault => {
  let key = variable;
  try {
    if (file !== undefined) key = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return new SettingFault(
      `--api-key-file: cannot read the file ${file} (${code}); give the name of a file that has the key`,
    );
  }
  if (key === '' && file === undefined) {
    return new SettingFault(
      `${CLIENT_VARIABLES.apiKey}: missing; set it to the API key, or give --api-key-file. The output FetchKey of the API stack is the command that prints the key.`,
    );
  }
  // The length is that of API Gateway. The value is not printed.
  if (/^[\x21-\x7e]{20,128}$/.test(key)) return key;
  return new SettingFault(
    `${file === undefined ? CLIENT_VARIABLES.apiKey : '--api-key-file'}: expected an API key, 20 to 128 characters without spaces`,
  );
};

const parseSamples = (samples: readonly string[]): readonly string[] | SettingFault => {
  const wrong = samples.find((sample) => !isPath(sample));
  return wrong === undefined
    ? samples.map((sample) => (sample.startsWith('/') ? sample : `/${sample}`))
    : new SettingFault(
        `--sample: ${JSON.stringify(wrong)} is not a path; write it percent-encoded, as in a URL, without the stage and a query`,
      );
};

/** True if the text can be a path in a URL. */
export const isPath = (text: string): boolean => /^[\w%./~!$&'()*+,;=:@-]+$/.test(text);

const parseOrigin = (text: string): string | SettingFault =>
  URL.parse(text)?.origin === text
    ? text
    : new SettingFault('--origin: expected scheme, host and optionally port, such as https://app.example.com');

const BURST = wholeNumber(2, 5000, 'a whole number from 2 to 5000');

const parseBurst = (text: string): number | SettingFault => {
  const burst = BURST.parse(text);
  return burst instanceof SettingFault ? new SettingFault(`--burst: ${burst.message}`) : burst;
};

const parseTimeout = (text: string): number | SettingFault => {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return seconds >= 0.1 && seconds <= 60 ? seconds : new SettingFault('--timeout: expected a number from 0.1 to 60');
};
