"""boto3: the client and its transfer manager, presigned URLs and forms, paginators, conditions."""

import hashlib
import io
import os
import sys
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.client import Config

sys.path.insert(0, os.environ["HARNESS"])
from steps import refused, run

ENDPOINT = os.environ["ENDPOINT"]
PORT = os.environ["PORT"]
BUCKET = os.environ["BUCKET"]
FOREIGN = os.environ["FOREIGN_BUCKET"]
NAMES = ["plain", "with space", "plus+sign", "percent%20", "\u00fcn\u00ef/\u65e5\u672c", "a//b", "./dot/../x", "q?x=1&y", "tilde~*'()"]
MB = 1024 * 1024
NEW_CHECKSUMS = tuple(int(part) for part in boto3.__version__.split(".")[:2]) >= (1, 36)


def client(endpoint=ENDPOINT, **settings):
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1",
                        config=Config(retries={"max_attempts": 0}, **settings))


s3 = client(s3={"addressing_style": "path"}, signature_version="s3v4")


def fetch(request):
    try:
        return urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as error:
        return error.read()


def step_objects_of_odd_names_go_up_and_come_down():
    for name in NAMES:
        content = ("the content of " + name).encode()
        put = s3.put_object(Bucket=BUCKET, Key=name, Body=content)
        assert put["ETag"] == '"%s"' % hashlib.md5(content).hexdigest()
        assert s3.get_object(Bucket=BUCKET, Key=name)["Body"].read() == content, name
        assert s3.head_object(Bucket=BUCKET, Key=name)["ContentLength"] == len(content)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2})
    assert [one["Key"] for page in pages for one in page["Contents"]] == sorted(NAMES, key=str.encode)
    pages = s3.get_paginator("list_objects").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2})
    assert [one["Key"] for page in pages for one in page["Contents"]] == sorted(NAMES, key=str.encode)


def step_the_default_checksum_is_kept():
    put = s3.put_object(Bucket=BUCKET, Key="sum", Body=b"x")
    head = s3.head_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")
    assert ("ChecksumCRC32" in head) == NEW_CHECKSUMS, head
    if NEW_CHECKSUMS:
        assert head["ChecksumCRC32"] == put["ChecksumCRC32"]
        assert head["ChecksumType"] == "FULL_OBJECT"


def step_all_checksums_are_verified():
    for kind in ["CRC32", "SHA1", "SHA256"]:
        put = s3.put_object(Bucket=BUCKET, Key="sum", Body=b"x" * 70000, ChecksumAlgorithm=kind)
        head = s3.head_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")
        assert head["Checksum" + kind] == put["Checksum" + kind]
    refused(lambda: s3.put_object(Bucket=BUCKET, Key="sum", Body=b"y", ChecksumSHA256="A" * 43 + "="),
            "BadDigest", "InvalidRequest")
    refused(lambda: s3.put_object(Bucket=BUCKET, Key="sum", Body=b"y", ContentMD5="A" * 22 + "=="), "BadDigest")
    assert s3.get_object(Bucket=BUCKET, Key="sum")["Body"].read() == b"x" * 70000


def step_the_transfer_manager_goes_in_parts():
    content = os.urandom(17 * MB)
    s3.upload_fileobj(io.BytesIO(content), BUCKET, "big", ExtraArgs={"Metadata": {"m": "v"}})
    head = s3.head_object(Bucket=BUCKET, Key="big")
    assert head["ETag"].endswith('-3"') and head["Metadata"] == {"m": "v"}
    back = io.BytesIO()
    s3.download_fileobj(BUCKET, "big", back, Config=TransferConfig(multipart_chunksize=5 * MB))
    assert back.getvalue() == content
    s3.copy({"Bucket": BUCKET, "Key": "big"}, BUCKET, "big copy+",
            Config=TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=6 * MB))
    assert s3.get_object(Bucket=BUCKET, Key="big copy+")["Body"].read() == content
    empty = io.BytesIO()
    s3.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    s3.download_fileobj(BUCKET, "empty", empty)
    assert empty.getvalue() == b""


def step_streams_without_a_seekable_body():
    class Stream(io.RawIOBase):
        left = 3 * MB

        def readable(self):
            return True

        def readinto(self, buffer):
            size = min(len(buffer), self.left)
            buffer[:size] = b"s" * size
            self.left -= size
            return size

    s3.upload_fileobj(Stream(), BUCKET, "streamed")
    assert s3.head_object(Bucket=BUCKET, Key="streamed")["ContentLength"] == 3 * MB


def step_presigned_urls_of_both_versions():
    for version in ["s3v4", "s3"]:
        signer = client(signature_version=version, s3={"addressing_style": "path"})
        for name in NAMES:
            url = signer.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": name}, 60)
            assert ("X-Amz-Signature" in url) == (version == "s3v4"), url
            assert fetch(url) == ("the content of " + name).encode(), (version, name)
        url = signer.generate_presigned_url(
            "put_object", {"Bucket": BUCKET, "Key": "put " + version, "ContentType": "text/x"}, 60)
        request = urllib.request.Request(url, data=b"by url", method="PUT", headers={"Content-Type": "text/x"})
        urllib.request.urlopen(request)
        assert s3.get_object(Bucket=BUCKET, Key="put " + version)["ContentType"] == "text/x"


def step_presigned_forms():
    post = s3.generate_presigned_post(
        BUCKET, "form/${filename}", Fields={"acl": "private", "x-amz-meta-m": "v"},
        Conditions=[{"acl": "private"}, {"x-amz-meta-m": "v"}, ["content-length-range", 1, 20]])

    def send(content, **changes):
        fields = dict(post["fields"], **changes)
        boundary = "xxboundaryxx"
        lines = []
        for name, value in fields.items():
            lines.append('--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (boundary, name, value))
        lines.append('--%s\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n'
                     "Content-Type: text/plain\r\n\r\n" % boundary)
        body = "".join(lines).encode() + content + ("\r\n--%s--\r\n" % boundary).encode()
        return fetch(urllib.request.Request(post["url"], data=body, headers={
            "Content-Type": "multipart/form-data; boundary=" + boundary}))

    assert send(b"by form") == b""
    got = s3.get_object(Bucket=BUCKET, Key="form/f.txt")
    assert got["Body"].read() == b"by form" and got["Metadata"] == {"m": "v"}
    assert b"<Code>EntityTooLarge</Code>" in send(b"x" * 21)
    assert b"<Code>EntityTooSmall</Code>" in send(b"")
    assert b"<Code>AccessDenied</Code>" in send(b"by form", acl="public-read")


def step_conditional_reads_and_ranges():
    etag = s3.head_object(Bucket=BUCKET, Key="plain")["ETag"]
    refused(lambda: s3.get_object(Bucket=BUCKET, Key="plain", IfNoneMatch=etag), "304")
    refused(lambda: s3.get_object(Bucket=BUCKET, Key="plain", IfMatch='"x"'), "PreconditionFailed")
    ranged = s3.get_object(Bucket=BUCKET, Key="plain", Range="bytes=4-10")
    assert ranged["Body"].read() == b"content" and ranged["ContentRange"] == "bytes 4-10/20"
    refused(lambda: s3.get_object(Bucket=BUCKET, Key="empty", Range="bytes=0-99"), "InvalidRange")
    shown = s3.get_object(Bucket=BUCKET, Key="plain", ResponseContentType="text/x", ResponseCacheControl="no-store")
    assert shown["ContentType"] == "text/x" and shown["CacheControl"] == "no-store"


def step_virtual_hosts_address_the_bucket():
    by_host = client("http://s3.localhost:" + PORT, s3={"addressing_style": "virtual"}, signature_version="s3v4")
    for name in NAMES:
        assert by_host.get_object(Bucket=BUCKET, Key=name)["Body"].read() == ("the content of " + name).encode()
    url = by_host.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "with space"}, 60)
    assert url.startswith("http://%s.s3.localhost" % BUCKET) and fetch(url) == b"the content of with space"


def step_deletes_many_and_reports():
    for index in range(3):
        s3.put_object(Bucket=BUCKET, Key="many/%d" % index, Body=b"x")
    objects = [{"Key": "many/%d" % index} for index in range(3)] + [{"Key": "never"}]
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})
    assert len(answer["Deleted"]) == 4 and "Errors" not in answer
    quiet = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects, "Quiet": True})
    assert "Deleted" not in quiet


def step_the_resource_model():
    bucket = boto3.resource("s3", endpoint_url=ENDPOINT, region_name="us-east-1").Bucket(BUCKET)
    assert bucket.creation_date is not None
    item = bucket.Object("resource")
    item.put(Body=b"x")
    item.Acl().put(ACL="public-read")
    assert fetch("%s/%s/resource" % (ENDPOINT, BUCKET)) == b"x"
    item.wait_until_exists()
    item.delete()
    item.wait_until_not_exists()


def step_what_is_not_the_users_is_refused():
    refused(lambda: s3.get_object(Bucket=FOREIGN, Key="secret"), "AccessDenied")
    refused(lambda: s3.head_object(Bucket=FOREIGN, Key="secret"), "403")
    refused(lambda: s3.list_objects_v2(Bucket=FOREIGN), "AccessDenied")
    refused(lambda: s3.copy_object(Bucket=BUCKET, Key="c", CopySource={"Bucket": FOREIGN, "Key": "secret"}), "AccessDenied")
    refused(lambda: s3.get_object(Bucket=BUCKET, Key="never"), "NoSuchKey")
    refused(lambda: s3.head_bucket(Bucket=BUCKET + "-none"), "404")


run(globals())
