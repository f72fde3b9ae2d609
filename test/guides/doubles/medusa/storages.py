"""How two generations of Medusa speak to S3: by boto3, and before that by libcloud and the aws command.

Both have the same seven verbs. What is stored is known by its size and by its ETag without quotes.
"""

import configparser
import hashlib
import io
import json
import os
import subprocess
import urllib.request

MULTIPART_THRESHOLD = 20 * 1024 * 1024
MULTIPART_CHUNK = 50 * 1024 * 1024
# The chunk of Debian's aws, which Medusa leaves as it is.
AWS_CHUNK = 8 * 1024 * 1024


def key_file_of(settings):
    """The two halves of the key in the file that the guide has the reader write; None without one."""
    if "key_file" not in settings:
        return None
    file = configparser.ConfigParser()
    with open(settings["key_file"]) as opened:
        file.read_file(opened)
    profile = file[settings.get("api_profile", "default")]
    return profile["aws_access_key_id"], profile["aws_secret_access_key"]


def etag_of(path, chunk):
    """What S3 answers as ETag for this file, sent whole or in parts of this size."""
    whole = hashlib.md5()
    parts = []
    with open(path, "rb") as file:
        while block := file.read(chunk):
            whole.update(block)
            parts.append(hashlib.md5(block).digest())
    if os.path.getsize(path) < MULTIPART_THRESHOLD:
        return whole.hexdigest()
    return "%s-%d" % (hashlib.md5(b"".join(parts)).hexdigest(), len(parts))


class Boto3Storage:
    """Medusa since 0.16: boto3, with its own chain of credentials where there is no key file."""

    chunk = MULTIPART_CHUNK

    def __init__(self, settings, credentials=None):
        import boto3
        import botocore.config
        from boto3.s3.transfer import TransferConfig

        self.settings = settings
        options = {}
        if "request_checksum_calculation" in botocore.config.Config.OPTION_DEFAULTS:
            options["request_checksum_calculation"] = "when_required"
            options["response_checksum_validation"] = "when_required"
        if settings["storage_provider"] == "s3_compatible":
            scheme = "https" if settings.getboolean("secure", True) else "http"
            url = "%s://%s:%s" % (scheme, settings["host"], settings["port"])
        else:
            url = None
        self.session = boto3.Session(*(credentials or key_file_of(settings) or ()))
        self.bucket = settings["bucket_name"]
        self.client = self.session.client(
            "s3",
            endpoint_url=url,
            config=botocore.config.Config(region_name=settings["region"], **options),
        )
        self.transfer = TransferConfig(
            multipart_threshold=MULTIPART_THRESHOLD,
            multipart_chunksize=MULTIPART_CHUNK,
            max_concurrency=4,
        )

    def whoami(self):
        return self._frozen().access_key

    def with_given_credentials(self):
        """The same with the credentials of this moment, and without knowing where they came from."""
        return Boto3Storage(self.settings, self._frozen()[:3])

    def _frozen(self):
        return self.session.get_credentials().get_frozen_credentials()

    def stat(self, key):
        from botocore.exceptions import ClientError

        try:
            head = self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise
        return head["ContentLength"], head["ETag"].strip('"')

    def put(self, key, text):
        self.client.put_object(Bucket=self.bucket, Key=key, Body=text.encode())
        return self.stat(key)

    def upload(self, path, key):
        self.client.upload_file(path, self.bucket, key, Config=self.transfer)
        return self.stat(key)

    def upload_stream(self, stream, key):
        self.client.upload_fileobj(stream, self.bucket, key, Config=self.transfer)

    def list(self, prefix):
        pages = self.client.get_paginator("list_objects_v2")
        found = {}
        for page in pages.paginate(Bucket=self.bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                assert entry["StorageClass"] == "STANDARD" and entry["LastModified"]
                found[entry["Key"]] = entry["Size"], entry["ETag"].strip('"')
        return found

    def read(self, key):
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()

    def download(self, key, path):
        """In ranges, as the transfers of newer boto3 do: no HEAD tells that an object is empty."""
        from botocore.exceptions import ClientError

        with open(path, "wb") as file:
            begin, size = 0, 1
            while begin < size:
                asked = "bytes=%d-%d" % (begin, begin + MULTIPART_CHUNK - 1)
                try:
                    got = self.client.get_object(Bucket=self.bucket, Key=key, Range=asked)
                except ClientError as error:
                    if begin > 0 or error.response["Error"]["Code"] != "InvalidRange":
                        raise
                    return
                size = int(got["ContentRange"].rpartition("/")[2])
                begin += got["ContentLength"]
                for block in got["Body"].iter_chunks(1 << 20):
                    file.write(block)

    def delete(self, key):
        self.client.delete_object(Bucket=self.bucket, Key=key)


METADATA = "http://169.254.169.254/latest"
ROLE = METADATA + "/meta-data/iam/security-credentials"
METADATA_TIMEOUT_S = 2


def credentials_of_instance():
    """As Medusa 0.12 asks for them itself: the list has no slash, the name goes behind it as it comes."""
    ttl = {"X-aws-ec2-metadata-token-ttl-seconds": "21600"}
    asked = urllib.request.Request(METADATA + "/api/token", method="PUT", headers=ttl)
    token = {"X-aws-ec2-metadata-token": _read(asked)}
    role = _read(urllib.request.Request(ROLE, headers=token))
    document = json.loads(_read(urllib.request.Request(ROLE + "/" + role, headers=token)))
    return document["AccessKeyId"], document["SecretAccessKey"], document["Token"]


def _read(request):
    with urllib.request.urlopen(request, timeout=METADATA_TIMEOUT_S) as answer:
        return answer.read().decode()


class LibcloudStorage:
    """Medusa 0.12: libcloud, which asks for the bucket before nearly every call, and aws for what is large."""

    chunk = AWS_CHUNK

    def __init__(self, settings):
        from libcloud.storage.providers import get_driver
        from libcloud.storage.types import Provider

        key = key_file_of(settings)
        key_id, secret, token = (*key, None) if key else credentials_of_instance()
        self.key_id = key_id
        self.name = settings["bucket_name"]
        self.driver = get_driver(Provider.S3)(
            key_id, secret, token=token, region=settings["region"]
        )
        self.aws = {**os.environ, "AWS_DEFAULT_REGION": settings["region"]}
        if key:
            self.aws["AWS_SHARED_CREDENTIALS_FILE"] = settings["key_file"]

    def whoami(self):
        return self.key_id

    def stat(self, key):
        from libcloud.storage.types import ObjectDoesNotExistError

        try:
            found = self.driver.get_object(self.name, key)
        except ObjectDoesNotExistError:
            return None
        return _size_and_hash(found)

    def put(self, key, text):
        bucket = self.driver.get_container(self.name)
        self.driver.upload_object_via_stream(io.BytesIO(text.encode()), bucket, key)
        return self.stat(key)

    def upload(self, path, key):
        if os.path.getsize(path) >= MULTIPART_THRESHOLD:
            self._copy(path, self._url(key))
            return self.stat(key)
        bucket = self.driver.get_container(self.name)
        # It compares the ETag with the MD5 of what it has read.
        return _size_and_hash(self.driver.upload_object(path, bucket, key))

    def upload_stream(self, stream, key):
        bucket = self.driver.get_container(self.name)
        blocks = iter(lambda: stream.read(1 << 20), b"")
        self.driver.upload_object_via_stream(blocks, bucket, key)

    def list(self, prefix):
        bucket = self.driver.get_container(self.name)
        objects = self.driver.iterate_container_objects(bucket, prefix=prefix)
        return {found.name: _size_and_hash(found) for found in objects}

    def read(self, key):
        found = self.driver.get_object(self.name, key)
        return b"".join(found.as_stream()).decode()

    def download(self, key, path):
        found = self.driver.get_object(self.name, key)
        if found.size >= MULTIPART_THRESHOLD:
            self._copy(self._url(key), path)
        else:
            found.download(path, overwrite_existing=True)

    def delete(self, key):
        if not self.driver.get_object(self.name, key).delete():
            raise PermissionError("Not deleted: " + key)

    def _url(self, key):
        return "s3://%s/%s" % (self.name, key)

    def _copy(self, source, target):
        subprocess.run(
            ["aws", "s3", "cp", "--no-progress", source, target],
            env=self.aws,
            check=True,
            stdout=subprocess.DEVNULL,
        )


def _size_and_hash(found):
    return found.size, found.hash.strip('"')


STORAGES = {"boto3": Boto3Storage, "libcloud": LibcloudStorage}
