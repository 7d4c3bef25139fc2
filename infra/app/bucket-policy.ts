import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { lambdaRoleArn } from '../../src/settings/names.ts';
import { SettingsError } from '../../src/settings/setting.ts';
import { readImages } from '../construct/image-access.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/**
 * The statements that the owner of a bucket in another account adds to its policy, where that account takes no stack of
 * ours. The role that they name has to exist: a bucket policy is refused otherwise.
 *
 * @throws SettingsError when the environment needs no such policy, or does not say enough for one.
 */
export const bucketPolicy = ({ kmsKeyArn: _, ...settings }: EnvironmentSettings): readonly unknown[] => {
  const { environment, account, region, readerRoleArn } = settings;
  if (readerRoleArn !== undefined) {
    throw new SettingsError([`${environment}: needs no bucket policy; it reads the images as ${readerRoleArn}`]);
  }
  if (account === undefined) {
    throw new SettingsError([`${environment}.account: missing; the policy names a role of this account by its ARN`]);
  }
  const partition = (region === undefined ? undefined : RegionInfo.get(region).partition) ?? 'aws';
  const role = new ArnPrincipal(lambdaRoleArn(partition, account, environment));
  return readImages(settings, partition).map((statement) => {
    statement.addPrincipals(role);
    return statement.toStatementJson();
  });
};
