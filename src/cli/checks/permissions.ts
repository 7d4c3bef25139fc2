import type { PathMapping } from '../../domain/index.ts';
import { SETTINGS } from '../../settings/settings.ts';
import type { ImageSource } from './clients.ts';

type Location = Pick<ImageSource, 'bucket' | 'owner'> & { readonly mapping: PathMapping };

/** The fix if S3 denies ListObjectsV2. */
export const explainListBucket = ({ bucket, owner, mapping: { prefix } }: Location): string => {
  const condition = prefix === '' ? '' : ` for the s3:prefix ${prefix}*`;
  const account = owner === undefined ? '' : ` Check too that the account ${owner} owns the bucket.`;
  return `Allow s3:ListBucket on arn:aws:s3:::${bucket}${condition} in the policy of the role or identity. If the bucket is in another account, allow it in the bucket policy too. Without it, S3 answers 403 instead of 404 for a missing object.${account}`;
};

/** The fix if S3 denies GetObject. */
export const explainGetObject = ({ bucket, mapping: { prefix } }: Pick<Location, 'bucket' | 'mapping'>): string =>
  `Allow s3:GetObject on arn:aws:s3:::${bucket}/${prefix}*. If a customer-managed KMS key encrypts the bucket, allow kms:Decrypt on that key too. If it is a Requester Pays bucket of another account, set ${SETTINGS.requesterPays.variable} to true.`;
