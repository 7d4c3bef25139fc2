import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, inject, it } from 'vitest';
import { createS3ImageStore } from '../../../src/adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../../../src/adapters/aws/sts-credentials.ts';
import type { ImageStore } from '../../../src/domain/serving/ports.ts';
import { readBytes } from '../../support/image-bytes.ts';
import type { Credentials } from './credentials.ts';
import { EXTERNAL_ID } from './stack-roles.ts';

const { endpoint, region, stacks, untrusted } = inject('accounts');

const clientOf = (credentials: Credentials) => ({ endpoint, region, credentials });

const assume = (caller: Credentials, roleArn: string, externalId = EXTERNAL_ID) =>
  createAssumedRole({ roleArn, externalId, sessionName: 'images-api-test', client: clientOf(caller) });

/** The two roles with which the service can read a bucket. */
const ROLES = [
  {
    role: 'the role of the functions',
    bucket: 'own-images',
    client: clientOf(stacks.direct),
  },
  {
    role: 'the reader role, assumed by the role of the functions',
    bucket: 'their-images',
    client: { endpoint, region, credentials: assume(stacks.assuming, stacks.reader) },
  },
];

const denied = { code: 'store-forbidden', cause: { name: 'AccessDenied' } };

// moto ignores the conditions of policies, and answers 404 for a missing key whatever they say. test/infra/trust.test.ts
// decides about both.
describe.each(ROLES)('$role, with the actions and resources of its template', ({ bucket, client }) => {
  const open = (name: string): ImageStore => createS3ImageStore({ bucket: name, client });

  it('reads the images below its prefix', async () => {
    const { body } = await open(bucket).open('partners/image.jpeg');
    expect((await readBytes(body)).toString()).toBe('partners/image.jpeg');
  });

  it('lists the bucket', async () => {
    const { Contents } = await new S3Client(client).send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: 'partners/' }),
    );
    expect(Contents?.map(({ Key }) => Key)).toEqual(['partners/image.jpeg']);
  });

  it.each(['image.jpeg', 'partners-private/image.jpeg'])('is denied %s, which is not below its prefix', async (key) => {
    await expect(open(bucket).open(key)).rejects.toMatchObject(denied);
    await expect(open(bucket).describe(key)).rejects.toMatchObject(denied);
  });

  it('is denied reading and listing another bucket', async () => {
    await expect(open('other-images').open('partners/image.jpeg')).rejects.toMatchObject(denied);
    const list = new ListObjectsV2Command({ Bucket: 'other-images', Prefix: 'partners/' });
    await expect(new S3Client(client).send(list)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('is denied writing', async () => {
    const write = new PutObjectCommand({ Bucket: bucket, Key: 'partners/image.jpeg', Body: 'x' });
    await expect(new S3Client(client).send(write)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it.skip('is denied listing another prefix (left out: moto does not evaluate the conditions of a policy)');

  it.skip('gets 404 for a missing image below its prefix (left out: moto answers 404 whatever the policy says)');
});

describe('the reader role', () => {
  const images = (credentials: Credentials, role: string) =>
    createS3ImageStore({
      bucket: 'their-images',
      client: { endpoint, region, credentials: assume(credentials, role) },
    });
  const refused = { code: 'role-refused', cause: { name: 'AccessDenied' } };

  it('accepts the role of the functions, if the principal is rewritten for moto', async () => {
    await expect(assume(stacks.trusted, stacks.trusting)()).resolves.toMatchObject({
      sessionToken: expect.any(String),
    });
  });

  it('rejects the role of the functions with a wrong external id', async () => {
    await expect(assume(stacks.trusted, stacks.trusting, 'another')()).rejects.toMatchObject(refused);
  });

  it('rejects a caller that has sts:AssumeRole but is not in the rewritten trust policy', async () => {
    await expect(images(untrusted, stacks.trusting).open('partners/image.jpeg')).rejects.toMatchObject(refused);
  });

  it('rejects the role of functions that read a bucket of their own account', async () => {
    await expect(images(stacks.direct, stacks.reader).open('partners/image.jpeg')).rejects.toMatchObject(refused);
  });

  it('is necessary: the role of the functions alone cannot read the images of the other account', async () => {
    const own = createS3ImageStore({ bucket: 'their-images', client: clientOf(stacks.assuming) });
    await expect(own.open('partners/image.jpeg')).rejects.toMatchObject(denied);
  });
});
