/** Every setting of the stacks that cdk.json leaves out: cfn-lint and cdk-nag check the templates with and without them. */
export const EVERY_SETTING: Readonly<Record<string, string>> = {
  environment: 'dev',
  'dev.account': '111111111111',
  'dev.region': 'eu-central-1',
  'dev.bucketAccount': '222222222222',
  'dev.readerRoleArn': 'arn:aws:iam::222222222222:role/images-reader',
  'dev.externalId': 'partner-images',
  'dev.prefix': 'partners',
  'dev.kmsKeyArn': 'arn:aws:kms:eu-central-1:222222222222:key/11111111-2222-3333-4444-555555555555',
  'dev.mapping': '{"routes":[{"path":"{id:digits}.{ext:image}","key":"{id[0:2]}/{id}.{ext}"}]}',
  'dev.responseMode': 'buffered',
  'dev.cacheControl': 'no-cache',
  'dev.corsOrigins': '["https://app.example.com"]',
  'dev.keyGenerations': '["a","b"]',
  'dev.alarmTopicArn': 'arn:aws:sns:eu-central-1:111111111111:alarms',
};
