import { isIP } from 'node:net';
import { Token } from 'aws-cdk-lib';
import { SettingFault, SettingsError } from '../../src/settings/setting.ts';
import { mappingFaults, SETTINGS } from '../../src/settings/settings.ts';
import { ENDPOINT_KINDS, type ServiceSettings } from './service-settings.ts';

/** A setting that is wrong, and how to fix it. */
export type Fault = readonly [setting: string, fault: string];

/** A rule about one or several settings, each of which is valid by itself. */
export interface Check<Settings> {
  readonly settings: readonly (keyof Settings)[];
  readonly check: (settings: Settings) => readonly Fault[];
}

const checkExternalId = ({ readerRoleArn, externalId }: ServiceSettings): Fault[] => {
  if (readerRoleArn === undefined && externalId !== undefined) {
    return [['externalId', 'is set without readerRoleArn; set readerRoleArn, or remove externalId']];
  }
  return readerRoleArn !== undefined && externalId === undefined
    ? [
        [
          'externalId',
          'missing, but the trust policy of the reader role requires one; write an external ID such as "partner-images"',
        ],
      ]
    : [];
};

const checkReaderAccount = ({ bucketAccount, readerRoleArn }: ServiceSettings): Fault[] => {
  if (bucketAccount === undefined || readerRoleArn === undefined) return [];
  if (Token.isUnresolved(bucketAccount) || Token.isUnresolved(readerRoleArn)) return [];
  return readerRoleArn.split(':')[4] === bucketAccount
    ? []
    : [
        [
          'readerRoleArn',
          `the role is not in ${bucketAccount}, the account of the bucket; write the ARN of a role in that account, or correct bucketAccount`,
        ],
      ];
};

/** In the policy of the role, these characters could match other folders. */
const checkPrefix = ({ prefix }: ServiceSettings): Fault[] =>
  !Token.isUnresolved(prefix) && /[*?$]/.test(prefix)
    ? [
        [
          'prefix',
          'expected a folder without *, ? and $, which are wildcards and variables in IAM policies; choose another folder',
        ],
      ]
    : [];

const checkKmsKey = ({ kmsKeyArn }: ServiceSettings): Fault[] =>
  kmsKeyArn === undefined || Token.isUnresolved(kmsKeyArn) || KMS_KEY_ARN.test(kmsKeyArn)
    ? []
    : [['kmsKeyArn', `expected ${EXPECTED_KMS_KEY}`]];

/** ARN of one key. An alias, or a wildcard, would let the function decrypt with other keys. */
export const KMS_KEY_ARN: RegExp = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/;
export const EXPECTED_KMS_KEY = 'the ARN of a KMS key, not of an alias: arn:aws:kms:eu-central-1:123456789012:key/…';

const checkEndpoint = ({ endpoint, vpcEndpointIds, domainName }: ServiceSettings): Fault[] => {
  if (!ENDPOINT_KINDS.includes(endpoint)) return [['endpoint', EXPECTED_ENDPOINT]];
  if (endpoint === 'regional') {
    return vpcEndpointIds.length === 0
      ? []
      : [['vpcEndpointIds', 'have no effect without "endpoint": "private"; set it, or remove vpcEndpointIds']];
  }
  const faults: Fault[] = [];
  if (vpcEndpointIds.length === 0) {
    faults.push([
      'vpcEndpointIds',
      'missing, but a private API is reached only through VPC endpoints; list the IDs of the endpoints for execute-api, such as ["vpce-0123456789abcdef0"]',
    ]);
  }
  faults.push(...checkVpcEndpoints(vpcEndpointIds));
  if (domainName !== undefined) {
    faults.push([
      'domainName',
      'names a public domain, but a private API has none; remove domainName, or set "endpoint": "regional"',
    ]);
  }
  return faults;
};

export const EXPECTED_ENDPOINT = 'expected regional or private';

const checkVpcEndpoints = (ids: readonly string[]): Fault[] => {
  if (Token.isUnresolved(ids)) return [];
  return ids.flatMap((id, index): Fault[] => {
    if (Token.isUnresolved(id)) return [];
    if (!VPC_ENDPOINT_ID.test(id)) return [['vpcEndpointIds', `expected ${EXPECTED_VPC_ENDPOINT}`]];
    return ids.indexOf(id) === index ? [] : [['vpcEndpointIds', `lists ${id} more than once; keep one of the entries`]];
  });
};

/** In the resource policy of a private API, a wildcard would let every VPC endpoint in. */
export const VPC_ENDPOINT_ID: RegExp = /^vpce-[0-9a-f]{8,17}$/;
export const EXPECTED_VPC_ENDPOINT = 'the ID of a VPC endpoint: vpce-0123456789abcdef0';

const checkDomain = ({ domainName, certificateArn, hostedZoneId }: ServiceSettings): Fault[] => {
  if (domainName !== undefined) {
    return certificateArn !== undefined
      ? []
      : [
          [
            'certificateArn',
            'missing, but domainName needs a certificate; write the ARN of one in the region of the stacks',
          ],
        ];
  }
  return Object.entries({ certificateArn, hostedZoneId }).flatMap(([name, value]): Fault[] =>
    value === undefined ? [] : [[name, `has no effect without domainName; set domainName, or remove ${name}`]],
  );
};

const checkCidrs = ({ allowedCidrs }: ServiceSettings): Fault[] =>
  (Token.isUnresolved(allowedCidrs) ? [] : allowedCidrs)
    .filter((cidr) => !Token.isUnresolved(cidr) && !isCidr(cidr))
    .map((cidr) => [
      'allowedCidrs',
      `expected address ranges such as 10.0.0.0/8 or 2001:db8::/32, found ${JSON.stringify(cidr)}; correct it`,
    ]);

/** True for an address and a prefix length of the same family: https://www.rfc-editor.org/rfc/rfc4632#section-3.1 */
const isCidr = (text: string): boolean => {
  const [, address = '', length = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const bits = { 4: 32, 6: 128 }[isIP(address)];
  return bits !== undefined && Number(length) <= bits;
};

/** The rules about settings of the construct. The CDK app applies them, too. */
export const SERVICE_CHECKS: readonly Check<ServiceSettings>[] = [
  { settings: ['readerRoleArn', 'externalId'], check: checkExternalId },
  { settings: ['bucketAccount', 'readerRoleArn'], check: checkReaderAccount },
  { settings: ['prefix', 'mapping'], check: mappingFaults },
  { settings: ['prefix'], check: checkPrefix },
  { settings: ['kmsKeyArn'], check: checkKmsKey },
  { settings: ['endpoint', 'vpcEndpointIds', 'domainName'], check: checkEndpoint },
  { settings: ['domainName', 'certificateArn', 'hostedZoneId'], check: checkDomain },
  { settings: ['allowedCidrs'], check: checkCidrs },
];

/**
 * Checks the settings by the rules that the function applies at start, and by the rules about several settings. It skips
 * values that only CloudFormation knows.
 *
 * @throws SettingsError that lists every wrong setting.
 */
export const checkServiceSettings = (settings: ServiceSettings): void => {
  const { environment: _, ...table } = SETTINGS;
  const faults: Fault[] = [];
  for (const [name, setting] of Object.entries(table)) {
    const value = settings[name as keyof typeof table];
    if (value === ('default' in setting ? setting.default : undefined) || Token.isUnresolved(value)) continue;
    const checked = setting.check(value);
    if (checked instanceof SettingFault) faults.push([name, checked.message]);
  }
  const wrong = new Set(faults.map(([name]) => name));
  for (const { settings: names, check } of SERVICE_CHECKS) {
    if (!names.some((name) => wrong.has(name))) faults.push(...check(settings));
  }
  if (faults.length > 0) throw new SettingsError(faults.map(([name, fault]) => `${name}: ${fault}`));
};
