import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as S3 from '@aws-sdk/client-s3';
import { compileRest, restOperations } from '../wire/index.ts';
import { newestBotocore, roundTripBotocore } from '../wire/testing/botocore.suite.ts';
import { driftReport } from '../wire/testing/drift.suite.ts';
import { roundTrip, type RoundTripOptions } from '../wire/testing/round-trip.suite.ts';
import { sdkOperations } from '../wire/testing/sdk-model.suite.ts';
import * as declarations from './api/index.ts';
import { NOT_SERVED } from './api/not-served.ts';

const VERBATIM = 'S3 keeps the header as it was sent and sends it back so, date or not.';
const OWN_ANSWER = 'The handler refuses what lacks it, in the words that S3 has for the case.';
const ALWAYS_SENT = 'The handler always sends it.';
const STATUS = 'Ours to choose: 206 with a range or part.';
const NO_CONTENT = 'The service answers 204, whatever the model says.';

/** Where the declarations say something else than the SDK's schemas, and why. */
const DIFFERENCES = {
  '*.input.Expires.type': VERBATIM,
  '*.output.Expires.type': VERBATIM,
  '*.input.ResponseExpires.type': VERBATIM,
  '*.output.Status': STATUS,
  'PutBucketPolicy.status': NO_CONTENT,
  'PutBucketTagging.status': NO_CONTENT,
  'GetBucketLocation.output.LocationConstraint': 'The text stands in the root element itself.',
  'DeleteObjects.input.ContentMD5': 'Older clients send it, newer ones a checksum instead.',
  'GetObjectAttributes.input.PartNumberMarker.type': 'A number that the model calls a text.',
  'ListParts.input.PartNumberMarker.type': 'A number that the model calls a text.',
  'CompleteMultipartUpload.input.MultipartUpload.Parts.member.*.required':
    'A part without number or entity tag is none.',
  'CreateBucket.input.CreateBucketConfiguration.Tags.member.*.required': OWN_ANSWER,
  'DeleteObjects.input.Delete.Objects.required': OWN_ANSWER,
  'PutBucketCors.input.CORSConfiguration.CORSRules.**.required': OWN_ANSWER,
  'PutBucketLifecycleConfiguration.input.LifecycleConfiguration.required':
    'A request without it puts nothing.',
  'PutBucketOwnershipControls.input.OwnershipControls.Rules.required': OWN_ANSWER,
  '*.input.Tagging.TagSet.**.required': OWN_ANSWER,
  'GetBucketCors.output.CORSRules.member.*.required': ALWAYS_SENT,
  'GetBucketOwnershipControls.output.OwnershipControls.Rules.required': ALWAYS_SENT,
  '*.output.TagSet.**.required': ALWAYS_SENT,
};

/** Members of served operations that are left out: the last segment of their paths, and why. */
const MISSING: readonly (readonly [why: string, members: RegExp])[] = [
  [
    'Only encryption at rest that nobody sees is served, not keys of clients or key services.',
    /^(CopySource)?SSE(Customer|KMS)|^ServerSideEncryption$|^BucketKeyEnabled$/,
  ],
  ['Object Lock is not served.', /^ObjectLock(Mode|RetainUntilDate|LegalHoldStatus|EventHold)/],
  ['Of the newer checksums none is served.', /^Checksum(SHA512|MD5|XXHASH\d+)$/],
  ['Nobody is asked to pay for a request.', /^Request(Payer|Charged)$/],
  [
    'There are no archives and replicas, and rules tell of objects only.',
    /^(AbortDate|AbortRuleId|Restore|RestoreStatus|ArchiveStatus|ReplicationStatus)$/,
  ],
  [
    'Only directory buckets have it.',
    /^(IfMatchInitiatedTime|WriteOffsetBytes|Size|Location|Bucket|BucketLocationType|BucketLocationName)$/,
  ],
  ['There is one namespace of buckets.', /^BucketNamespace$/],
  ['Annotations are not served.', /^AnnotationDirective$/],
  ['The body knows its own length.', /^ContentLength$/],
  ['Another name of the SDK for Expires.', /^ExpiresString$/],
];

test('the declarations differ from the SDK only where they mean to', () => {
  const report = driftReport(declarations, S3, { ignore: DIFFERENCES });
  assert.deepEqual(report.differences, []);
  const unexplained = report.missingMembers.filter((line) => {
    const member = line.split(':', 1)[0]?.split('.').at(-1) ?? '';
    return !MISSING.some(([, members]) => members.test(member));
  });
  assert.deepEqual(unexplained, []);
  for (const [why, members] of MISSING) {
    const isUsed = report.missingMembers.some((line) =>
      members.test(line.split(':', 1)[0]?.split('.').at(-1) ?? ''),
    );
    assert.ok(isUsed, `nothing is missing any more because: ${why}`);
  }
});

/** Words by which the SDK singles out operations; those with a value are no sub-resources. */
function sdkWords(): ReadonlySet<string> {
  const words = [...sdkOperations(S3).values()].flatMap(({ http }) => http?.literals ?? []);
  return new Set(words.map((word) => word.split('=', 1)[0] ?? ''));
}

test('every sub-resource of the SDK is declared or known as not served', () => {
  const declared = new Set(
    restOperations(declarations).flatMap(([, { literals }]) => literals.map(([word]) => word)),
  );
  const unknown = [...sdkWords()].filter((word) => !declared.has(word) && !NOT_SERVED.has(word));
  // POST with `select` is what is singled out; the other parameter only says a version.
  assert.deepEqual(unknown, ['select-type']);
});

const protocol = compileRest(declarations, {
  xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/',
  notServed: NOT_SERVED,
});

const leaveOut = {
  '*.input.ChecksumAlgorithm': 'The client makes a checksum by it and sends that.',
  '*.input.ContentMD5': 'The client makes it where it must be.',
  '**.Expires': 'Clients have no way to send or show one that is no date.',
  '*.input.ResponseExpires': 'Clients have no way to send one that is no date.',
};

const COUNT = restOperations(declarations).length;

test('every declared operation survives a round trip through the SDK', async () => {
  const client: RoundTripOptions['client'] = (options) => new S3.S3Client(options);
  assert.equal(await roundTrip(declarations, S3, { protocol, client, leaveOut, runs: 6 }), COUNT);
});

const botocore = newestBotocore();
const skip = botocore === undefined ? 'botocore is not installed' : false;

test('every declared operation survives a round trip through botocore', { skip }, async (t) => {
  const why = 'botocore encodes a copy source that is a text itself, once more than was meant.';
  const skipped = { CopyObject: why, UploadPartCopy: why };
  const left = {
    ...leaveOut,
    '*.input.EncodingType': 'The client always adds it.',
    'GetObject.input.ChecksumMode': 'The client would hold random checksums to it.',
    '**.PartNumberMarker': 'The client takes it for a number.',
    '**.NextPartNumberMarker': 'The client takes it for a number.',
  };
  const options = { protocol, leaveOut: left, skip: skipped, runs: 2 };
  const count = await roundTripBotocore(t, 's3', botocore!, declarations, S3, options);
  assert.equal(count, COUNT - 2);
});
