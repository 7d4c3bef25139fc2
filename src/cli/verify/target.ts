import { readFileSync } from 'node:fs';
import { SettingsError } from '../../settings/setting.ts';
import { CLIENT_VARIABLES } from '../../settings/settings.ts';
import type { Variables } from '../../settings/variables.ts';

/** The deployed service, and what to send to it. */
export interface VerifyTarget {
  /** Scheme, host, port and stage, without a slash at the end. */
  readonly url: URL;
  readonly apiKey: string;
  /** Paths of images, percent-encoded, with a leading slash. The first is an ordinary image. */
  readonly samples: readonly [string, ...string[]];
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
  const read = <Value>(parse: () => Value): Value | undefined => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof UsageFault)) throw error;
      faults.push(error.message);
      return undefined;
    }
  };
  const url = read(() => parseUrl(options.url ?? env[CLIENT_VARIABLES.url]));
  const apiKey = read(() => readApiKey(options.apiKeyFile, env));
  const samples = read(() => parseSamples(options.sample ?? []));
  const origin = read(() => options.origin && parseOrigin(options.origin));
  const burst = read(() => options.burst && parseNumber('--burst', options.burst, /^\d+$/, 2, 5000));
  const seconds = read(() => parseNumber('--timeout', options.timeout, /^\d+(?:\.\d+)?$/, 0.1, 60));
  if (faults.length > 0 || url === undefined || apiKey === undefined || samples === undefined) {
    throw new SettingsError(faults);
  }
  return {
    url,
    apiKey,
    samples,
    origin: origin || undefined,
    burst: burst || undefined,
    timeout: (seconds ?? 0) * 1000,
  };
};

class UsageFault extends Error {}

const parseUrl = (text: string | undefined): URL => {
  if (text === undefined || text === '') {
    throw new UsageFault(
      `--url: missing; give the URL of the service with its stage, or set ${CLIENT_VARIABLES.url}. The output Endpoint of the API stack has it.`,
    );
  }
  const expected = 'expected a URL with the stage, such as https://abc123.execute-api.eu-central-1.amazonaws.com/dev';
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageFault(`--url: ${expected}`);
  if (url.username + url.password + url.search + url.hash !== '') {
    throw new UsageFault(`--url: ${expected}, without user, query and fragment`);
  }
  if (url.protocol === 'http:' && !LOCAL_HOST.test(url.hostname)) {
    throw new UsageFault('--url: the API key would be sent unencrypted; use https. http is for local hosts only.');
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
};

const LOCAL_HOST = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

const readApiKey = (file: string | undefined, env: Variables): string => {
  const key = file === undefined ? env[CLIENT_VARIABLES.apiKey] : readKeyFile(file);
  const source = file === undefined ? CLIENT_VARIABLES.apiKey : `--api-key-file ${file}`;
  if (key === undefined || key === '') {
    throw new UsageFault(
      file === undefined
        ? `${CLIENT_VARIABLES.apiKey}: missing; set it to the API key, or give --api-key-file. The output FetchKey of the API stack is the command that prints the key.`
        : `${source}: the file is empty; write the API key to it`,
    );
  }
  // The length is that of API Gateway. The value is not printed, and no escape of JSON can hide it in the output.
  if (!/^[!#-[\]-~]{20,128}$/.test(key)) {
    throw new UsageFault(`${source}: expected an API key, 20 to 128 characters without spaces, quotes and backslashes`);
  }
  return key;
};

const readKeyFile = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageFault(
      `--api-key-file: cannot read the file ${file} (${code}); give the name of a file with the key`,
    );
  }
};

const parseSamples = (samples: readonly string[]): readonly [string, ...string[]] => {
  const [first, ...rest] = samples.map((sample) => {
    if (!/^[\w%./~!$&'()*+,;=:@-]+$/.test(sample)) {
      throw new UsageFault(
        `--sample: ${JSON.stringify(sample)} is not a path; write it percent-encoded, as in a URL, without the stage and a query`,
      );
    }
    return sample.startsWith('/') ? sample : `/${sample}`;
  });
  if (first === undefined) {
    throw new UsageFault('--sample: missing; give the path of an image that exists, as in a URL, without the stage');
  }
  return [first, ...rest];
};

const parseOrigin = (text: string): string => {
  const { origin } = URL.parse(text) ?? {};
  if (origin !== text) {
    throw new UsageFault('--origin: expected scheme, host and optionally port, such as https://app.example.com');
  }
  return text;
};

const parseNumber = (option: string, text: string, pattern: RegExp, min: number, max: number): number => {
  const value = Number(text);
  if (pattern.test(text) && value >= min && value <= max) return value;
  throw new UsageFault(`${option}: expected a number from ${min} to ${max}`);
};
