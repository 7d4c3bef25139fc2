import { JSON_TYPE, NDJSON_TYPE } from '../../contract/http.ts';
import type { CheckRequest, VerifyCheck } from './check.ts';
import { headerFault, mustBeForbidden } from './faults.ts';
import { isRecord, readLines } from './json.ts';
import { differs, explainProblem, judge, skipped, toProblemCode, unexpected } from './result.ts';
import { checkSignedUrl } from './signed-url.ts';

export const SIGNED_LOCATIONS_CHECK: VerifyCheck = {
  name: 'signed-locations',
  expected:
    '`POST /` returns a signed URL of the sample with its size and ETag. S3 sends the same image without the key, and refuses a wrong signature. A request without the key gets 403. Skipped if `signedLocations` is off.',
  meaning: 'Clients cannot read images directly from S3, or read other ones.',
  fix: 'Deploy the API stack again, and look for a proxy or CDN in front of the API that changes POST requests.',
  needsImage: true,
  run: async (probe, { samples: [sample], image: { headers, bytes } }) => {
    const request: CheckRequest = {
      method: 'POST',
      path: '/',
      headers: { 'content-type': JSON_TYPE },
      body: JSON.stringify({ paths: [sample.slice(1)] }),
    };
    const [answer, keyless] = await Promise.all([probe.send(request), probe.send({ ...request, key: 'none' })]);
    if (answer.end === 'complete' && answer.status === 405) {
      return skipped('signed locations are off: POST / returns 405');
    }
    const refused = unexpected(answer, 200) ?? mustBeForbidden(keyless);
    if (refused !== undefined) return refused;
    const [line, last, ...rest] = readLines(answer.bytes);
    if (!isRecord(line) || !isRecord(last) || last['count'] !== 1 || rest.length > 0) {
      return differs('the body is not one line for the sample and one with the count');
    }
    if (isRecord(line['problem'])) {
      const code = toProblemCode(line['problem']['code']);
      return differs(`the sample has the problem ${code}`, code && explainProblem(code, answer.headers));
    }
    const { etag, 'content-type': contentType } = headers;
    const size = bytes.length;
    const found = judge(
      [
        headerFault(answer, 'Content-Type', NDJSON_TYPE),
        headerFault(answer, 'Cache-Control', 'no-store'),
        memberFault(line, 'path', sample.slice(1)),
        memberFault(line, 'size', size),
        memberFault(line, 'etag', etag),
        memberFault(line, 'contentType', contentType),
        typeof line['expires'] === 'string' && TIME.test(line['expires']) ? undefined : 'expires is not a time in UTC',
      ],
      '',
    );
    return found.status === 'differs' ? found : checkSignedUrl(probe, line['url'], { etag, size });
  },
};

const memberFault = (line: Readonly<Record<string, unknown>>, name: string, expected: unknown): string | undefined =>
  line[name] === expected
    ? undefined
    : `${name} is ${JSON.stringify(line[name]) ?? 'missing'} instead of ${JSON.stringify(expected) ?? 'missing'}`;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
