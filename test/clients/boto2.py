"""boto 2.49: Signature V2 in headers and URLs, both ways to address a bucket, parts, ACLs."""

import hashlib
import io
import os
import sys
import urllib.request

import boto.s3.connection
from boto.exception import S3ResponseError
from boto.s3.connection import OrdinaryCallingFormat, S3Connection, SubdomainCallingFormat
from boto.s3.key import Key

sys.path.insert(0, os.environ["HARNESS"])
from steps import refused, run

PORT = int(os.environ["PORT"])
BUCKET = os.environ["BUCKET"]
FOREIGN = os.environ["FOREIGN_BUCKET"]
NAMES = ["plain", "with space", "plus+sign", "percent%20", "\u00fcn\u00ef/\u65e5\u672c", "q?x=1&y"]
PART_SIZE = 5 * 1024 * 1024


def connect(calling_format=None, host="127.0.0.1"):
    return S3Connection(
        os.environ["AWS_ACCESS_KEY_ID"],
        os.environ["AWS_SECRET_ACCESS_KEY"],
        is_secure=False,
        host=host,
        port=PORT,
        calling_format=calling_format or OrdinaryCallingFormat(),
    )


connection = connect()
bucket = connection.get_bucket(BUCKET)


def fetch(url):
    try:
        return urllib.request.urlopen(url).read()
    except urllib.error.HTTPError as error:
        return error.read()


def step_the_signature_is_of_version_2():
    assert type(connection._auth_handler).__name__ == "HmacAuthV1Handler"


def step_keys_of_odd_names_go_up_and_come_down():
    for name in NAMES:
        key = Key(bucket, name)
        content = ("the content of " + name).encode()
        assert key.set_contents_from_string(content) == len(content)
        assert key.etag == '"%s"' % hashlib.md5(content).hexdigest()
        assert bucket.get_key(name).get_contents_as_string() == content, name
    listed = sorted(key.name for key in bucket.list())
    assert listed == sorted(NAMES), listed


def step_listing_folds_and_pages():
    folded = [item.name for item in bucket.list(delimiter="/")]
    assert "\u00fcn\u00ef/" in folded, folded
    page = bucket.get_all_keys(max_keys=3)
    assert len(page) == 3 and page.is_truncated


def step_headers_and_metadata_are_kept():
    key = Key(bucket, "meta")
    key.set_metadata("one", "1")
    headers = {"Content-Disposition": "attachment; filename=x", "x-amz-storage-class": "REDUCED_REDUNDANCY"}
    key.set_contents_from_string("x" * 1000, headers=headers, policy="public-read")
    again = bucket.get_key("meta")
    assert again.get_metadata("one") == "1"
    assert again.content_disposition == "attachment; filename=x"
    assert fetch("http://127.0.0.1:%d/%s/meta" % (PORT, BUCKET)) == b"x" * 1000


def step_set_acl_opens_and_closes():
    url = "http://127.0.0.1:%d/%s/plain" % (PORT, BUCKET)
    assert b"<Code>AccessDenied</Code>" in fetch(url)
    key = bucket.get_key("plain")
    key.set_acl("public-read")
    assert fetch(url) == b"the content of plain"
    grants = [(grant.uri, grant.permission) for grant in key.get_acl().acl.grants]
    assert ("http://acs.amazonaws.com/groups/global/AllUsers", "READ") in grants, grants
    key.set_acl("private")
    assert b"<Code>AccessDenied</Code>" in fetch(url)
    acl = key.get_acl()
    key.set_acl(acl)


def step_signed_urls_work_until_they_expire():
    for name in NAMES:
        url = bucket.get_key(name).generate_url(60)
        assert "Signature=" in url and "X-Amz" not in url
        assert fetch(url) == ("the content of " + name).encode(), name
    old = bucket.get_key("plain").generate_url(-60)
    assert b"<Code>AccessDenied</Code><Message>Request has expired</Message>" in fetch(old), fetch(old)
    shown = bucket.get_key("plain").generate_url(60, response_headers={"response-content-type": "text/x"})
    assert urllib.request.urlopen(shown).headers["Content-Type"] == "text/x"
    request = urllib.request.Request(
        Key(bucket, "by-url").generate_url(60, "PUT", headers={"Content-Type": "text/x-put"}),
        data=b"put by url", method="PUT", headers={"Content-Type": "text/x-put"})
    assert urllib.request.urlopen(request).status == 200
    assert bucket.get_key("by-url").content_type == "text/x-put"


def step_parts_make_a_whole():
    content = os.urandom(PART_SIZE) + b"the end"
    upload = bucket.initiate_multipart_upload("whole", metadata={"m": "v"})
    upload.upload_part_from_file(io.BytesIO(content[:PART_SIZE]), 1)
    upload.upload_part_from_file(io.BytesIO(content[PART_SIZE:]), 2)
    assert [part.size for part in upload] == [PART_SIZE, 7]
    assert [one.key_name for one in bucket.get_all_multipart_uploads()] == ["whole"]
    done = upload.complete_upload()
    assert done.etag.endswith('-2"'), done.etag
    key = bucket.get_key("whole")
    assert key.get_contents_as_string() == content and key.get_metadata("m") == "v"
    part = key.get_contents_as_string(headers={"Range": "bytes=%d-" % PART_SIZE})
    assert part == b"the end"
    copied = bucket.initiate_multipart_upload("copied")
    copied.copy_part_from_key(BUCKET, "whole", 1, 0, PART_SIZE - 1)
    copied.complete_upload()
    assert bucket.get_key("copied").size == PART_SIZE
    bucket.initiate_multipart_upload("never").cancel_upload()
    assert bucket.get_all_multipart_uploads() == []


def step_copy_keeps_or_replaces_metadata():
    bucket.copy_key("copy", BUCKET, "meta")
    assert bucket.get_key("copy").get_metadata("one") == "1"
    bucket.copy_key("copy", BUCKET, "plus+sign", metadata={"two": "2"})
    assert bucket.get_key("copy").get_metadata("two") == "2"
    assert bucket.get_key("copy").get_contents_as_string() == b"the content of plus+sign"


def step_virtual_hosts_address_the_bucket():
    host = "s3.localhost"
    by_host = connect(SubdomainCallingFormat(), host).get_bucket(BUCKET)
    for name in NAMES:
        key = by_host.get_key(name)
        assert key.get_contents_as_string() == ("the content of " + name).encode(), name
        url = key.generate_url(60)
        assert "//%s.s3.localhost:" % BUCKET in url, url
        assert fetch(url) == ("the content of " + name).encode(), name
    Key(by_host, "by host").set_contents_from_string("x")
    by_host.get_key("by host").set_acl("public-read")
    assert fetch("http://%s.s3.localhost:%d/by%%20host" % (BUCKET, PORT)) == b"x"


def step_signature_version_4_works_too():
    os.environ["S3_USE_SIGV4"] = "True"
    try:
        by_v4 = connect(host="s3.us-east-1.amazonaws.com")
        assert type(by_v4._auth_handler).__name__ == "S3HmacAuthV4Handler"
        v4 = by_v4.get_bucket(BUCKET)
        for name in NAMES:
            assert v4.get_key(name).get_contents_as_string() == ("the content of " + name).encode(), name
        Key(v4, "v4 \u00fc+").set_contents_from_string("four")
        assert bucket.get_key("v4 \u00fc+").get_contents_as_string() == b"four"
    finally:
        del os.environ["S3_USE_SIGV4"]


def step_buckets_are_made_and_removed():
    made = connection.create_bucket(BUCKET + "-made", location="eu-west-1")
    assert made.get_location() == "eu-west-1"
    assert BUCKET + "-made" in [one.name for one in connection.get_all_buckets()]
    connection.delete_bucket(BUCKET + "-made")
    assert connection.lookup(BUCKET + "-made") is None


def step_many_are_deleted_at_once():
    for index in range(5):
        Key(bucket, "many/%d" % index).set_contents_from_string("x")
    result = bucket.delete_keys(["many/%d" % index for index in range(5)])
    assert len(result.deleted) == 5 and not result.errors
    assert list(bucket.list("many/")) == []


def step_what_is_not_the_users_is_refused():
    refused(lambda: connection.get_bucket(FOREIGN), 403)
    refused(lambda: connection.get_bucket(FOREIGN, validate=False).get_key("secret"), 403)
    refused(lambda: Key(connection.get_bucket(FOREIGN, validate=False), "x").set_contents_from_string("x"), "AccessDenied")
    wrong = connect()
    wrong.provider._secret_key = "x" * 40
    stranger = S3Connection(os.environ["AWS_ACCESS_KEY_ID"], "x" * 40, is_secure=False, host="127.0.0.1",
                            port=PORT, calling_format=OrdinaryCallingFormat())
    refused(stranger.get_all_buckets, "SignatureDoesNotMatch")


run(globals())
