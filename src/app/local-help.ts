import { GATEWAY_SETTINGS } from '../settings/gateway-settings.ts';
import type { Setting } from '../settings/setting.ts';
import { SETTINGS } from '../settings/settings.ts';
import { LOCAL_ENVIRONMENT } from '../settings/variables.ts';

/** The text of `npm start -- --help`. */
export const formatHelp = (): string =>
  [
    'Usage: npm start',
    '',
    'Starts the service on this machine, behind a local gateway that behaves like API Gateway.',
    'It serves the images in samples/, in another folder, or in an S3 bucket.',
    '',
    'Each request is logged to standard output: readable in a terminal, JSON in a pipe or a file.',
    'NO_COLOR=1 turns colours off.',
    '',
    'Examples:',
    '  npm start',
    `  ${GATEWAY_SETTINGS.directory.variable}=/path/to/images ${GATEWAY_SETTINGS.port.variable}=8080 npm start`,
    `  ${SETTINGS.bucket.variable}=my-bucket AWS_PROFILE=dev AWS_REGION=eu-west-1 npm start`,
    '',
    'Environment variables:',
    ...Object.values(GATEWAY_SETTINGS).map((setting) => formatSetting(setting)),
    ...Object.entries(SETTINGS).map(([name, setting]) => formatSetting(setting, LOCAL_DEFAULTS[name])),
    'The AWS SDK reads its own variables as well, such as AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL.',
  ].join('\n');

/** Defaults of settings that are required on Lambda only. */
const LOCAL_DEFAULTS: Readonly<Record<string, string>> = { environment: LOCAL_ENVIRONMENT };

const formatSetting = (setting: Setting<unknown>, localDefault?: string): string => {
  const value = localDefault ?? ('default' in setting ? setting.format(setting.default) : '');
  const title = value === '' ? setting.variable : `${setting.variable} (default: ${value})`;
  return `  ${title}\n${wrap(setting.meaning.replaceAll('`', ''))}`;
};

/** Breaks lines at 80 columns, and indents them. */
const wrap = (text: string): string => text.replace(/(.{1,74})(?: |$)/g, '      $1\n');
