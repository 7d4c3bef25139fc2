import { describe, expect, inject, it } from 'vitest';
import { createS3ImageStore } from '../../../src/adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../../../src/adapters/aws/sts-credentials.ts';
import type { ImageStore } from '../../../src/domain/serving/ports.ts';
import { readBytes } from '../../support/image-bytes.ts';

const { endpoint, region, reader, roles } = inject('accounts');
const client = { endpoint, region, credentials: reader };

const openAs = (roleArn: string, bucket: string, externalId = 'contract-1'): ImageStore => {
  const credentials = createAssumedRole({ roleArn, externalId, sessionName: 'images-api-test', client });
  return createS3ImageStore({ bucket, client: { endpoint, region, credentials } });
};

describe('a role of another account', () => {
  const images = openAs(roles.partner, 'partner-images');

  it('reads the images below its prefix, which the caller itself cannot read', async () => {
    const own = createS3ImageStore({ bucket: 'partner-images', client });
    await expect(own.open('partners/image.jpeg')).rejects.toMatchObject({ code: 'store-forbidden' });
    const { info, body } = await images.open('partners/image.jpeg');
    expect((await readBytes(body)).toString()).toBe('partners/image.jpeg');
    expect(await images.describe('partners/image.jpeg')).toEqual(info);
  });

  it('is denied existing and missing images below another prefix', async () => {
    const denied = { code: 'store-forbidden', cause: { name: 'AccessDenied' } };
    await expect(images.open('private/image.jpeg')).rejects.toMatchObject(denied);
    await expect(images.describe('private/image.jpeg')).rejects.toMatchObject(denied);
    await expect(images.describe('private/missing.jpeg')).rejects.toMatchObject(denied);
  });

  it('rejects a caller that has no permission to assume it', async () => {
    await expect(openAs(roles.withheld, 'partner-images').open('partners/image.jpeg')).rejects.toMatchObject({
      code: 'role-refused',
      cause: { name: 'AccessDenied' },
    });
  });
});

// moto checks trust policies only for roles in the account of the caller.
describe('a role of the same account', () => {
  const refused = { code: 'role-refused', cause: { name: 'AccessDenied' } };

  it('accepts a caller in its trust policy', async () => {
    const role = { roleArn: roles.trusting, externalId: 'contract-1', sessionName: 'images-api-test', client };
    await expect(createAssumedRole(role)()).resolves.toMatchObject({ sessionToken: expect.any(String) });
  });

  it('rejects a caller that is not in its trust policy', async () => {
    await expect(openAs(roles.distrusting, 'contract').open('missing.jpeg')).rejects.toMatchObject(refused);
  });

  it('rejects a wrong external id', async () => {
    await expect(openAs(roles.trusting, 'contract', 'another').open('missing.jpeg')).rejects.toMatchObject(refused);
  });

  it.skip('rejects a missing external id (left out: moto checks an external id only if the caller sends one)');
});
