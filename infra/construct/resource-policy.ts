import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ServiceSettings } from './service-settings.ts';

/**
 * Resource policy of the API: it denies requests from other VPC endpoints and other addresses than the settings list.
 * Undefined if the settings list none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
 */
export const resourcePolicy = ({
  endpoint,
  vpcEndpointIds,
  allowedCidrs,
}: Pick<ServiceSettings, 'endpoint' | 'vpcEndpointIds' | 'allowedCidrs'>): PolicyDocument | undefined => {
  const denials: PolicyStatement[] = [];
  if (endpoint === 'private') denials.push(deny({ StringNotEquals: { 'aws:SourceVpce': vpcEndpointIds } }));
  if (allowedCidrs.length > 0) {
    // Requests through a VPC endpoint have a private address, which aws:SourceIp does not contain.
    const address = endpoint === 'private' ? 'aws:VpcSourceIp' : 'aws:SourceIp';
    denials.push(deny({ NotIpAddress: { [address]: allowedCidrs } }));
  }
  if (denials.length === 0) return undefined;
  return new PolicyDocument({ statements: [new PolicyStatement(EVERY_REQUEST), ...denials] });
};

const EVERY_REQUEST = {
  principals: [new AnyPrincipal()],
  actions: ['execute-api:Invoke'],
  // API Gateway adds the region, the account and the ID of the API, which does not exist yet.
  resources: ['execute-api:/*'],
};

const deny = (conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>): PolicyStatement =>
  new PolicyStatement({ ...EVERY_REQUEST, effect: Effect.DENY, conditions });
