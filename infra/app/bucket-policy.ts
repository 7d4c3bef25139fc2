import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { lambdaRoleArn } from '../../src/settings/names.ts';
import { SettingsError } from '../../src/settings/setting.ts';
import { readImages } from '../construct/image-access.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/**
 * Statements for the policy of a bucket in another account. Its owner adds them if that account has no reader role.
 * S3 rejects a policy that names a missing role, so the global stack must be deployed first.
 *
 * @throws SettingsError if the environment has a reader role, which needs no bucket policy, or names no account.
 */
export const bucketPolicy = ({ kmsKeyArn: _, ...settings }: EnvironmentSettings): readonly unknown[] => {
  const { environment, account, region, readerRoleArn } = settings;
  if (readerRoleArn !== undefined) {
    throw new SettingsError([
      `${environment}.readerRoleArn: the function reads the images with this role, so it needs no bucket policy; choose another environment, or remove readerRoleArn and externalId`,
    ]);
  }
  if (account === undefined) {
    throw new SettingsError([
      `${environment}.account: missing, but the policy names the role of the function by its ARN; write the account ID of the stacks, 12 digits in quotes`,
    ]);
  }
  const partition = (region === undefined ? undefined : RegionInfo.get(region).partition) ?? 'aws';
  const role = new ArnPrincipal(lambdaRoleArn(partition, account, environment));
  return readImages(settings, partition).map((statement) => {
    statement.addPrincipals(role);
    return statement.toStatementJson();
  });
};
