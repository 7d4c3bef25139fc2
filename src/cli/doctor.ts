import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { createS3ImageStore } from '../adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../adapters/aws/sts-credentials.ts';
import type { PathMapping } from '../domain/index.ts';
import { DOCTOR_SESSION } from '../settings/names.ts';
import { checkSecret, checkUsagePlan } from './checks/api-key.ts';
import { checkIdentity, checkRole, type RoleToTake } from './checks/identity.ts';
import { checkBucket, checkPrefix, checkSample } from './checks/images.ts';
import { type Check, type Diagnosis, diagnose, type HopReport } from './diagnosis.ts';
import type { HopName } from './hops.ts';

/** What the doctor looks at. */
export interface Patient {
  readonly bucket: string;
  readonly owner: string | undefined;
  readonly role: RoleToTake | undefined;
  readonly mapping: PathMapping;
  /** A path, encoded. */
  readonly sample: string | undefined;
  readonly secret: string;
  readonly usagePlan: string;
}

/** Asks AWS with the real SDK, as whoever runs this. It reads one image at most, and changes nothing. */
export const examine = (patient: Patient, tell: (report: HopReport) => void): Promise<Diagnosis> =>
  diagnose(createChecks(patient), tell);

const createChecks = ({ role, secret, usagePlan, sample, ...place }: Patient): Readonly<Record<HopName, Check>> => {
  const assume =
    role && createAssumedRole({ roleArn: role.arn, externalId: role.externalId, sessionName: DOCTOR_SESSION });
  const reader = { ...SETTINGS, ...(assume && { credentials: assume }) };
  const s3 = new S3Client(reader);
  const store = createS3ImageStore({ bucket: place.bucket, bucketOwner: place.owner, client: reader });
  return {
    identity: () => checkIdentity(new STSClient(SETTINGS)),
    role: () => checkRole(role, async () => assume?.()),
    bucket: () => checkBucket(s3, place),
    prefix: () => checkPrefix(s3, place),
    sample: () => checkSample(store, place, sample),
    secret: () => checkSecret(new SecretsManagerClient(SETTINGS), secret),
    'usage-plan': () => checkUsagePlan(new APIGatewayClient(SETTINGS), usagePlan),
  };
};

/** Of the SDK's clients: people wait for the answer. Milliseconds. */
const SETTINGS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};
