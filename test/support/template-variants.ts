type Options = Readonly<Record<string, string>>;

/** A value for every stack setting that cdk.json leaves out, except those of the network. */
export const EVERY_SETTING: Options = {
  environment: 'dev',
  'dev.account': '111111111111',
  'dev.region': 'eu-central-1',
  'dev.bucketAccount': '222222222222',
  'dev.bucketRegion': 'eu-west-1',
  'dev.requesterPays': 'true',
  'dev.readers': '["arn:aws:iam::333333333333:role/bulk-job"]',
  'dev.readerRoleArn': 'arn:aws:iam::222222222222:role/images-reader',
  'dev.externalId': 'partner-images',
  'dev.prefix': 'partners',
  'dev.kmsKeyArn': 'arn:aws:kms:eu-central-1:222222222222:key/11111111-2222-3333-4444-555555555555',
  'dev.mapping': '{"routes":[{"path":"{id:digits}.{ext:image}","key":"{id[0:2]}/{id}.{ext}"}]}',
  'dev.responseMode': 'buffered',
  'dev.memory': '2048',
  'dev.cacheControl': 'no-cache',
  'dev.corsOrigins': '["https://app.example.com"]',
  'dev.logLevel': 'debug',
  'dev.storeConnectTimeoutMs': '1000',
  'dev.storeFirstByteTimeoutMs': '4000',
  'dev.storeIdleTimeoutMs': '8000',
  'dev.storeResumeBudgetMs': '20000',
  'dev.clientIdleTimeoutMs': '30000',
  'dev.answerTimeoutMs': '25000',
  'dev.keyGenerations': '["a","b"]',
  'dev.alarmTopicArn': 'arn:aws:sns:eu-central-1:111111111111:alarms',
  'dev.reservedConcurrency': '50',
  'dev.concurrencyAlarm': '600',
  'dev.cloudWatchRole': 'false',
};

const LISTINGS_AND_LOCATIONS: Options = {
  environment: 'dev',
  'dev.corsOrigins': '["https://app.example.com"]',
  'dev.listing': 'on',
  'dev.signedLocations': 'on',
  'dev.redirectAbove': '6000000',
};

const VPC = '{"subnetIds":["subnet-0123456789abcdef0"],"securityGroupIds":["sg-0123456789abcdef0"]}';

export const PRIVATE: Options = {
  environment: 'dev',
  'dev.endpoint': 'private',
  'dev.vpcEndpointIds': '["vpce-0123456789abcdef0"]',
};

export const CUSTOM_DOMAIN: Options = {
  environment: 'dev',
  'dev.domainName': 'images.example.com',
  'dev.certificateArn': 'arn:aws:acm:eu-central-1:111111111111:certificate/11111111-2222-3333-4444-555555555555',
};

export const PROTECTED: Options = { environment: 'prod', 'prod.account': '111111111111' };

/** The options with which cfn-lint and cdk-nag check the templates. */
export const VARIANTS: Readonly<Record<string, Options>> = {
  'cdk.json unchanged': { owner: 'alice' },
  'every setting': EVERY_SETTING,
  'listings, signed locations and redirects with CORS': LISTINGS_AND_LOCATIONS,
  'streaming with CORS': { environment: 'dev', 'dev.corsOrigins': '["https://a.example.com","https://b.example.com"]' },
  'a private API': PRIVATE,
  'a private API, address ranges and a VPC': { ...PRIVATE, 'dev.allowedCidrs': '["10.0.0.0/8"]', 'dev.vpc': VPC },
  'a custom domain': CUSTOM_DOMAIN,
  'a custom domain with all settings of a public network, without traces': {
    ...CUSTOM_DOMAIN,
    owner: 'alice',
    'dev.hostedZoneId': 'Z0123456789ABCDEFGHIJ',
    'dev.allowedCidrs': '["192.0.2.0/24","2001:db8::/32"]',
    'dev.webAclArn':
      'arn:aws:wafv2:eu-central-1:111111111111:regional/webacl/images/11111111-2222-3333-4444-555555555555',
    'dev.securityPolicy': 'SecurityPolicy_TLS13_1_2_2021_06',
    'dev.vpc': VPC,
    'dev.tracing': 'false',
  },
  'a protected environment': PROTECTED,
};
