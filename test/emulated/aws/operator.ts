import { IAMClient } from '@aws-sdk/client-iam';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { allow, createRole, createUser, REGION, userArn } from './accounts.ts';

/** Who runs the doctor. */
export interface Operator {
  /** May take the roles below and `distrusting`, and ask about secrets: `images-api-global-dev--api-key` exists. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly roles: {
    /** Trusts the operator, with the external id `contract-1`; reads `partners/` of `partner-images`, and lists it all. */
    readonly listing: string;
    /** As `listing`, but lists nothing. */
    readonly blind: string;
  };
}

declare module 'vitest' {
  export interface ProvidedContext {
    operator: Operator;
  }
}

/** Nothing may print it. */
export const API_KEY_VALUE = 'theValueOfTheKeyOfTheApi';

/** Creates the operator, its roles and the secret, while moto still lets everybody do everything. */
export const createOperator = async (endpoint: string): Promise<Operator> => {
  const anybody = { endpoint, region: REGION, credentials: { accessKeyId: 'AKIAANYBODY', secretAccessKey: 'any' } };
  const secret = { Name: 'images-api-global-dev--api-key', SecretString: JSON.stringify({ api_key: API_KEY_VALUE }) };
  await new SecretsManagerClient(anybody).send(new CreateSecretCommand(secret));

  const iam = new IAMClient(anybody);
  const trusted = userArn('operator');
  const read = allow('s3:GetObject', 'arn:aws:s3:::partner-images/partners/*');
  // moto has an action for HeadBucket; in AWS it takes s3:ListBucket.
  const list = [allow('s3:ListBucket', '*'), allow('s3:HeadBucket', '*')];
  const roles = {
    listing: await createRole(iam, 'listing', trusted, [read, ...list]),
    blind: await createRole(iam, 'blind', trusted, [read]),
  };
  const taken = [roles.listing, roles.blind, trusted.replace('user/operator', 'role/distrusting')];
  const credentials = await createUser(iam, 'operator', [
    ...taken.map((role) => allow('sts:AssumeRole', role)),
    allow('secretsmanager:DescribeSecret', '*'),
  ]);
  return { credentials, roles };
};
