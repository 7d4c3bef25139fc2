import type { PathMapping } from '../domain/index.ts';
import type { Clients, ImageSource } from './checks/clients.ts';
import { type CheckResult, explainError, skipped } from './checks/result.ts';
import { importOrExplain } from './optional-packages.ts';

/** Settings of the service that the doctor checks. */
export interface Target extends ImageSource {
  readonly mapping: PathMapping;
  /** Path of an image that must exist, percent-encoded. */
  readonly sample: string | undefined;
  /** Name of the secret that holds the API key. */
  readonly secret: string;
  /** Name of the usage plan of the API. */
  readonly usagePlan: string;
  /** Whether the service lists its images. */
  readonly listing: boolean;
  /** Whether the service signs URLs, in batches or in redirects. */
  readonly signsUrls: boolean;
}

type CheckName =
  | 'identity'
  | 'role'
  | 'bucket'
  | 'prefix'
  | 'sample'
  | 'secret'
  | 'usage-plan'
  | 'listing'
  | 'signed-url';

interface Check {
  readonly name: CheckName;
  /** Exit code of the command if this check is the first that fails. */
  readonly exitCode: number;
  /** Earlier checks. This check is skipped if one of them fails or is itself skipped for that reason. */
  readonly needs: readonly CheckName[];
  /** Condition, to be read after "passes when". */
  readonly passesWhen: string;
  /** Runs the check. Rejects with errors that are not specific to it. */
  readonly run: (clients: Clients, target: Target) => Promise<CheckResult>;
}

// The help lists the checks, so this table must load without the AWS SDK. Each check is imported when it runs.
const identityChecks = () => import('./checks/identity.ts');
const imageChecks = () => import('./checks/images.ts');
const listingCheck = () => import('./checks/listing.ts');
const signedUrlCheck = () => import('./checks/signed-url.ts');
const apiKeyChecks = () => import('./checks/api-key.ts');

/** Optional packages that the checks import. */
const PACKAGES = [
  '@aws-sdk/client-api-gateway',
  '@aws-sdk/client-s3',
  '@aws-sdk/client-secrets-manager',
  '@aws-sdk/client-sts',
];

/** The optional package that signs URLs. */
const PRESIGNER = '@aws-sdk/s3-request-presigner';

/** The checks in the order in which they run. */
export const CHECKS: readonly Check[] = [
  {
    name: 'identity',
    exitCode: 10,
    needs: [],
    passesWhen: 'AWS accepts your credentials',
    run: async ({ sts }) => (await identityChecks()).checkIdentity(sts),
  },
  {
    name: 'role',
    exitCode: 11,
    needs: ['identity'],
    passesWhen: 'you can assume the role that reads the images',
    run: async ({ role }) => (await identityChecks()).checkRole(role),
  },
  {
    name: 'bucket',
    exitCode: 12,
    needs: ['role'],
    passesWhen: 'the bucket exists in the expected region',
    run: async ({ s3 }, target) => (await imageChecks()).checkBucket(s3, target),
  },
  {
    name: 'prefix',
    exitCode: 13,
    needs: ['bucket'],
    passesWhen: 'the keys under the prefix can be listed and there is at least one',
    run: async ({ s3 }, target) => (await imageChecks()).checkPrefix(s3, target),
  },
  {
    name: 'sample',
    exitCode: 14,
    needs: ['prefix'],
    passesWhen: 'the sample path has a key and its image can be read',
    run: async ({ store }, target) => (await imageChecks()).checkSample(store, target, target.sample),
  },
  {
    name: 'secret',
    exitCode: 15,
    needs: ['identity'],
    passesWhen: 'the secret that holds the API key exists',
    run: async ({ secretsManager }, { secret }) => (await apiKeyChecks()).checkSecret(secretsManager, secret),
  },
  {
    name: 'usage-plan',
    exitCode: 16,
    needs: ['identity'],
    passesWhen: 'the usage plan has a stage and an API key',
    run: async ({ apiGateway }, { usagePlan }) => (await apiKeyChecks()).checkUsagePlan(apiGateway, usagePlan),
  },
  {
    name: 'listing',
    exitCode: 17,
    needs: ['prefix'],
    passesWhen: 'the first page of the listing can be read, if the listing is on',
    run: async ({ index }, target) => (await listingCheck()).checkListing(index, target),
  },
  {
    name: 'signed-url',
    exitCode: 18,
    needs: ['sample'],
    passesWhen: 'S3 accepts a signed URL, if signed locations or redirects are on',
    run: async (clients, target) => (await signedUrlCheck()).checkSignedUrl(clients, target),
  },
];

export type CheckReport = { readonly check: CheckName } & CheckResult;

/** Result of all checks, as `--json` prints it. */
export interface DoctorReport {
  readonly ok: boolean;
  /** The first check that failed. */
  readonly failed?: CheckName;
  readonly exitCode: number;
  readonly checks: readonly CheckReport[];
}

/**
 * Runs the checks one after the other with the credentials, region and endpoints that the AWS SDK finds. Opens at most
 * one image and changes nothing.
 *
 * @param report called after each check.
 * @throws MissingPackagesError before the first check.
 */
export const runChecks = async (target: Target, report: (check: CheckReport) => void): Promise<DoctorReport> => {
  const packages = target.signsUrls ? [...PACKAGES, PRESIGNER] : PACKAGES;
  const { createClients } = await importOrExplain('images-api doctor', packages, () => import('./checks/clients.ts'));
  const clients = createClients(target);
  const checks: CheckReport[] = [];
  const notPassed = new Set<CheckName>();
  let firstFailed: Check | undefined;
  for (const check of CHECKS) {
    const blocker = check.needs.find((name) => notPassed.has(name));
    const result =
      blocker === undefined
        ? await check.run(clients, target).catch(explainError)
        : skipped(`needs the check ${blocker}, which did not pass`);
    if (result.status === 'failed') firstFailed ??= check;
    if (result.status === 'failed' || blocker !== undefined) notPassed.add(check.name);
    const checkReport = { check: check.name, ...result };
    checks.push(checkReport);
    report(checkReport);
  }
  return firstFailed === undefined
    ? { ok: true, exitCode: 0, checks }
    : { ok: false, failed: firstFailed.name, exitCode: firstFailed.exitCode, checks };
};
