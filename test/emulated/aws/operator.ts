import { IAMClient } from '@aws-sdk/client-iam';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { allow, createRole, createUser, REGION, userArn } from './accounts.ts';

/** The user that runs `images-api doctor`. */
export interface Operator {
  /** May assume the roles below and `distrusting`, and describe secrets. The secret `images-api-global-dev--api-key` exists. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly roles: {
    /**
     * A role that trusts the operator with the external id `contract-1`. It may read `partners/` of `partner-images` and list
     * the whole bucket.
     */
    readonly listing: string;
    /** The same as `listing`, but without permission to list. */
    readonly blind: string;
  };
}

declare module 'vitest' {
  export interface ProvidedContext {
    operator: Operator;
  }
}

/** The value of the API key. The doctor must not print it. */
export const API_KEY_VALUE = 'theValueOfTheKeyOfTheApi';

/** Creates the operator, its roles and the secret. This works only while moto does not check permissions. */
export const createOperator = async (endpoint: string): Promise<Operator> => {
  const admin = { endpoint, region: REGION, credentials: { accessKeyId: 'AKIAADMIN', secretAccessKey: 'any' } };
  const secret = { Name: 'images-api-global-dev--api-key', SecretString: JSON.stringify({ api_key: API_KEY_VALUE }) };
  await new SecretsManagerClient(admin).send(new CreateSecretCommand(secret));

  const iam = new IAMClient(admin);
  const trusted = userArn('operator');
  const read = allow('s3:GetObject', 'arn:aws:s3:::partner-images/partners/*');
  // moto checks the action s3:HeadBucket for HeadBucket; AWS checks s3:ListBucket.
  const list = [allow('s3:ListBucket', '*'), allow('s3:HeadBucket', '*')];
  const roles = {
    listing: await createRole(iam, 'listing', trusted, [read, ...list]),
    blind: await createRole(iam, 'blind', trusted, [read]),
  };
  const assumable = [roles.listing, roles.blind, trusted.replace('user/operator', 'role/distrusting')];
  const credentials = await createUser(iam, 'operator', [
    ...assumable.map((role) => allow('sts:AssumeRole', role)),
    allow('secretsmanager:DescribeSecret', '*'),
  ]);
  return { credentials, roles };
};
