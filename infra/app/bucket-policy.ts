import { RegionInfo } from 'aws-cdk-lib/region-info';
import { lambdaRoleArn } from '../../src/settings/names.ts';
import { SettingsError } from '../../src/settings/setting.ts';
import { RolesByArn, readImages } from '../construct/image-access.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/**
 * Statements for the policy of a bucket in another account. Its owner adds them if that account has no reader role. The
 * roles need not exist yet.
 *
 * @throws SettingsError if the environment has a reader role, which needs no bucket policy, or if the function could not
 * read a bucket of another account with these settings.
 */
export const bucketPolicy = ({ kmsKeyArn: _, ...settings }: EnvironmentSettings): readonly unknown[] => {
  const { environment, account, region } = settings;
  const faults = findFaults(settings).map(([name, fault]) => `${environment}.${name}: ${fault}`);
  if (faults.length > 0 || account === undefined) throw new SettingsError(faults);
  const partition = (region === undefined ? undefined : RegionInfo.get(region).partition) ?? 'aws';
  const roles = new RolesByArn([lambdaRoleArn(partition, account, environment), ...settings.readers]);
  return readImages(settings, partition).map((statement) => {
    statement.addPrincipals(roles);
    return statement.toStatementJson();
  });
};

const findFaults = ({ account, bucketAccount, readerRoleArn }: EnvironmentSettings): (readonly [string, string])[] => {
  if (readerRoleArn !== undefined) {
    return [
      [
        'readerRoleArn',
        'the function reads the images with this role, so it needs no bucket policy; choose another environment, or remove readerRoleArn and externalId',
      ],
    ];
  }
  const faults: (readonly [string, string])[] = [];
  if (account === undefined) {
    faults.push([
      'account',
      'missing, but the policy names the role of the function by its ARN; write the account ID of the stacks, 12 digits in quotes',
    ]);
  }
  if (bucketAccount === undefined) {
    faults.push([
      'bucketAccount',
      'missing, so the function expects the bucket in its own account, and S3 denies every request to another one; write the ID of the account that owns the bucket, 12 digits in quotes',
    ]);
  } else if (bucketAccount === account) {
    faults.push([
      'bucketAccount',
      'the bucket is in the account of the stacks, where the role of the function is enough; leave the policy of the bucket as it is, or write the ID of the account that owns the bucket',
    ]);
  }
  return faults;
};
