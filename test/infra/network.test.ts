import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesize, type Template } from '../support/assembly.ts';
import { CUSTOM_DOMAIN, PRIVATE, VARIANTS } from '../support/template-variants.ts';
import { embed, propertiesOf } from './embedding.ts';

const CERTIFICATE = 'arn:aws:acm:eu-central-1:111111111111:certificate/11111111-2222-3333-4444-555555555555';
const DOMAIN = { domainName: 'images.example.com', certificateArn: CERTIFICATE };
const VPC = { subnetIds: ['subnet-0123456789abcdef0'], securityGroupIds: ['sg-0123456789abcdef0'] };
const ENDPOINTS = ['vpce-0123456789abcdef0', 'vpce-0123456789abcdef1'];

const restApi = (template: Template) => propertiesOf(template, 'ApiGateway::RestApi')[0];
const statements = (template: Template) =>
  propertiesOf(template, 'ApiGateway::RestApi').flatMap(({ Policy }) => (Policy as { Statement: object[] }).Statement);

const allow = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'execute-api:Invoke', Resource: 'execute-api:/*' };
const deny = (Condition: object) => ({ ...allow, Effect: 'Deny', Condition });

describe('the network of the API', () => {
  it('is public by default: regional, without resource policy, domain, web ACL and VPC', () => {
    const template = embed();
    expect(restApi(template)).toMatchObject({ EndpointConfiguration: { Types: ['REGIONAL'] } });
    for (const name of ['Policy', 'SecurityPolicy', 'EndpointAccessMode'])
      expect(restApi(template)).not.toHaveProperty(name);
    for (const type of ['ApiGateway::DomainName', 'WAFv2::WebACLAssociation', 'Route53::RecordSet']) {
      expect(propertiesOf(template, type)).toEqual([]);
    }
    expect(propertiesOf(template, 'Lambda::Function')[0]).not.toHaveProperty('VpcConfig');
  });

  it('denies requests that do not come through a listed VPC endpoint if it is private', () => {
    const template = embed({ endpoint: 'private', vpcEndpointIds: ENDPOINTS });
    expect(restApi(template)).toMatchObject({
      EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ENDPOINTS },
    });
    expect(statements(template)).toEqual([allow, deny({ StringNotEquals: { 'aws:SourceVpce': ENDPOINTS } })]);
  });

  it('denies requests from other addresses than allowedCidrs', () => {
    const allowedCidrs = ['192.0.2.0/24', '2001:db8::/32'];
    expect(statements(embed({ allowedCidrs }))).toEqual([
      allow,
      deny({ NotIpAddress: { 'aws:SourceIp': allowedCidrs } }),
    ]);
  });

  it('compares the address inside the VPC if it is private', () => {
    const options = { endpoint: 'private', vpcEndpointIds: ENDPOINTS, allowedCidrs: ['10.0.0.0/8'] } as const;
    expect(statements(embed(options))).toEqual([
      allow,
      deny({ StringNotEquals: { 'aws:SourceVpce': ENDPOINTS } }),
      deny({ NotIpAddress: { 'aws:VpcSourceIp': ['10.0.0.0/8'] } }),
    ]);
  });

  it('is deployed again when the resource policy changes', () => {
    const idOf = (allowedCidrs: string[]) => resourcesOf(embed({ allowedCidrs }), 'AWS::ApiGateway::Deployment')[0]?.id;
    expect(idOf(['10.0.0.0/8'])).not.toBe(idOf(['10.0.0.0/9']));
  });

  it('has a custom domain with TLS 1.2 at least, whose root is the stage', () => {
    const template = embed(DOMAIN);
    const [domain] = resourcesOf(template, 'AWS::ApiGateway::DomainName');
    expect(domain?.Properties).toEqual({
      DomainName: 'images.example.com',
      RegionalCertificateArn: CERTIFICATE,
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'TLS_1_2',
    });
    expect(propertiesOf(template, 'ApiGateway::BasePathMapping')).toEqual([
      {
        DomainName: { Ref: domain?.id },
        RestApiId: { Ref: resourcesOf(template, 'AWS::ApiGateway::RestApi')[0]?.id },
        Stage: { Ref: resourcesOf(template, 'AWS::ApiGateway::Stage')[0]?.id },
      },
    ]);
    expect(propertiesOf(template, 'Route53::RecordSet')).toEqual([]);
  });

  it('adds records for IPv4 and IPv6 to the hosted zone', () => {
    const template = embed({ ...DOMAIN, hostedZoneId: 'Z0123456789ABCDEFGHIJ' });
    const id = resourcesOf(template, 'AWS::ApiGateway::DomainName')[0]?.id;
    const records = propertiesOf(template, 'Route53::RecordSet');
    expect(records.map(({ Type }) => Type)).toEqual(['A', 'AAAA']);
    for (const record of records) {
      expect(record).toMatchObject({
        Name: 'images.example.com',
        HostedZoneId: 'Z0123456789ABCDEFGHIJ',
        AliasTarget: {
          DNSName: { 'Fn::GetAtt': [id, 'RegionalDomainName'] },
          HostedZoneId: { 'Fn::GetAtt': [id, 'RegionalHostedZoneId'] },
        },
      });
    }
  });

  it('gives the custom domain to the stack of the environment only, whose outputs use it', () => {
    const templates = synthesize({ ...CUSTOM_DOMAIN, owner: 'alice' });
    const endpoint = (stack: string) => templates.get(stack)?.Outputs?.['Endpoint']?.Value;
    expect(endpoint('images-api-dev')).toBe('https://images.example.com/');
    expect(JSON.stringify(endpoint('images-api-dev-alice'))).toContain('execute-api');
    expect(templates.get('images-api-dev')?.Outputs).toHaveProperty('DomainTarget');
    expect(templates.get('images-api-dev-alice')?.Outputs).not.toHaveProperty('DomainTarget');
  });

  it('associates the web ACL with the stage', () => {
    const webAclArn =
      'arn:aws:wafv2:eu-central-1:111111111111:regional/webacl/images/11111111-2222-3333-4444-555555555555';
    const template = embed({ webAclArn });
    const stage = resourcesOf(template, 'AWS::ApiGateway::Stage')[0]?.id;
    const [association] = propertiesOf(template, 'WAFv2::WebACLAssociation');
    expect(association).toMatchObject({ WebACLArn: webAclArn });
    expect(JSON.stringify(association?.['ResourceArn'])).toContain(`{"Ref":"${stage}"}`);
  });

  it('sets the security policy, with an endpoint access mode where API Gateway requires one', () => {
    expect(restApi(embed({ securityPolicy: 'TLS_1_2' }))).toMatchObject({ SecurityPolicy: 'TLS_1_2' });
    expect(restApi(embed({ securityPolicy: 'TLS_1_2' }))).not.toHaveProperty('EndpointAccessMode');
    expect(restApi(embed({ securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09' }))).toMatchObject({
      SecurityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
      EndpointAccessMode: 'BASIC',
    });
  });
});

describe('a function in a VPC', () => {
  it('has its subnets and security groups', () => {
    expect(propertiesOf(embed({ vpc: VPC }), 'Lambda::Function')[0]).toMatchObject({
      VpcConfig: { SubnetIds: VPC.subnetIds, SecurityGroupIds: VPC.securityGroupIds },
    });
  });

  it('has a role in the global stack that lets Lambda manage network interfaces, but not the code of the function', () => {
    const templates = synthesize(VARIANTS['a private API, address ranges and a VPC']);
    const [role] = propertiesOf(templates.get('images-api-global-dev') as Template, 'IAM::Role');
    const policies = role?.['Policies'] as { PolicyName: string; PolicyDocument: { Statement: object[] } }[];
    const [allowed, denied] =
      policies.find(({ PolicyName }) => PolicyName === 'network')?.PolicyDocument.Statement ?? [];
    const actions = [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ];
    expect(allowed).toEqual({ Effect: 'Allow', Action: actions, Resource: '*' });
    expect(denied).toMatchObject({ Effect: 'Deny', Action: actions, Resource: '*' });
    expect(JSON.stringify(denied)).toMatch(/"ArnLike":\{"lambda:SourceFunctionArn":.*:function:images-api-dev-\*"/);
  });

  it('is the only one whose role has these permissions', () => {
    const global = synthesize(PRIVATE).get('images-api-global-dev');
    expect(JSON.stringify(global)).not.toContain('ec2:');
  });
});

describe('tracing', () => {
  it('is off in the API, the function and the role if the setting is false', () => {
    const templates = synthesize({ environment: 'dev', 'dev.tracing': 'false' });
    const api = templates.get('images-api-dev') as Template;
    expect(propertiesOf(api, 'ApiGateway::Stage')[0]).toMatchObject({ TracingEnabled: false });
    expect(propertiesOf(api, 'Lambda::Function')[0]).not.toHaveProperty('TracingConfig');
    expect(JSON.stringify([...templates.values()])).not.toContain('xray:');
  });
});
