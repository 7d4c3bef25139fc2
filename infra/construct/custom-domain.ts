import { DomainName, EndpointType, type IRestApi, type RestApi, SecurityPolicy } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

export interface CustomDomainProps {
  readonly api: RestApi;
  readonly domainName: string;
  /** Certificate in the region of the API. */
  readonly certificateArn: string;
  /** Hosted zone that gets an A and an AAAA record. Default: none. */
  readonly hostedZoneId?: string | undefined;
}

/** A custom domain whose root is the stage of the API, so that URLs have no stage. */
export class CustomDomain extends Construct {
  /** Host name to which a CNAME record of the custom domain must point if no hosted zone is given. */
  readonly target: string;

  constructor(scope: Construct, id: string, { api, domainName, certificateArn, hostedZoneId }: CustomDomainProps) {
    super(scope, id);
    const domain = new DomainName(this, 'DomainName', {
      domainName,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
      // CDK's types ignore exactOptionalPropertyTypes.
      mapping: api as IRestApi,
    });
    this.target = domain.domainNameAliasDomainName;
    if (hostedZoneId === undefined) return;
    for (const type of ['A', 'AAAA']) {
      new CfnRecordSet(this, `Record${type}`, {
        hostedZoneId,
        name: domainName,
        type,
        aliasTarget: { dnsName: domain.domainNameAliasDomainName, hostedZoneId: domain.domainNameAliasHostedZoneId },
      });
    }
  }
}
