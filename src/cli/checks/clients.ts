import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import type { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { createS3Client } from '../../adapters/aws/s3-bucket.ts';
import { createS3ImageIndex } from '../../adapters/aws/s3-image-index.ts';
import { createS3ImageLocator } from '../../adapters/aws/s3-image-locator.ts';
import { createS3ImageStore } from '../../adapters/aws/s3-image-store.ts';
import { createAssumedRole, type RoleCredentials } from '../../adapters/aws/sts-credentials.ts';
import type { ImageIndex } from '../../domain/listing/ports.ts';
import type { ImageLocator, ImageStore } from '../../domain/serving/ports.ts';
import { DOCTOR_SESSION } from '../../settings/names.ts';

/** The bucket of the images, and how to read it. */
export interface ImageSource {
  readonly bucket: string;
  /** AWS account that must own the bucket. */
  readonly owner: string | undefined;
  /** Region of the bucket; undefined if it is the region of the other services. */
  readonly region: string | undefined;
  /** Whether the requests to the bucket are paid by the account that sends them. */
  readonly requesterPays: boolean;
  /** Role to assume; undefined if the identity reads the bucket itself. */
  readonly role: Role | undefined;
}

interface Role {
  readonly arn: string;
  readonly externalId: string | undefined;
}

export interface AssumableRole extends Role {
  /** Assumes the role as the service does. */
  readonly assume: () => Promise<RoleCredentials>;
}

/**
 * Clients of the checks. `s3`, and what reads the bucket through it, use the role if there is one; the others use the
 * identity of the user.
 */
export interface Clients {
  readonly sts: STSClient;
  readonly role: AssumableRole | undefined;
  readonly s3: S3Client;
  readonly store: ImageStore;
  readonly index: ImageIndex;
  /** Needs the package `@aws-sdk/s3-request-presigner`. */
  readonly createLocator: () => ImageLocator;
  readonly secretsManager: SecretsManagerClient;
  readonly apiGateway: APIGatewayClient;
}

export const createClients = ({ bucket, owner, region, requesterPays, role }: ImageSource): Clients => {
  const assumable = role && toAssumable(role);
  const reader = { ...OPTIONS, ...(region && { region }), ...(assumable && { credentials: assumable.assume }) };
  const s3 = createS3Client(reader);
  const source = { bucket, bucketOwner: owner, requesterPays, client: s3 };
  return {
    sts: new STSClient(OPTIONS),
    role: assumable,
    s3,
    store: createS3ImageStore(source),
    index: createS3ImageIndex(source),
    createLocator: () => createS3ImageLocator(source),
    secretsManager: new SecretsManagerClient(OPTIONS),
    apiGateway: new APIGatewayClient(OPTIONS),
  };
};

const toAssumable = (role: Role): AssumableRole => ({
  ...role,
  assume: createAssumedRole({ roleArn: role.arn, externalId: role.externalId, sessionName: DOCTOR_SESSION }),
});

/** Timeouts (milliseconds) and attempts below the defaults of the SDK, because a person waits for the result. */
const OPTIONS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};
