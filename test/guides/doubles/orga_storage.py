"""A double of the storage helper that guide 001 sets AWS up for, over boto 2 as the application has it.

It is set up by BUCKET_NAME, AWS_KEY and AWS_SECRET, and falls back to the local disk without saying
so when one of them is missing. Usage: orga_storage.py upload KEY FILE | list PREFIX | buckets
"""

import os
import shutil
import sys

from boto.s3.connection import S3Connection
from boto.s3.key import Key

BUCKET_NAME = os.environ.get("BUCKET_NAME")
AWS_KEY = os.environ.get("AWS_KEY")
AWS_SECRET = os.environ.get("AWS_SECRET")
SCHEME = os.environ.get("URL_SCHEME", "http")


def connect():
    return S3Connection(AWS_KEY, AWS_SECRET)


def upload(name, path):
    """The URL under which browsers find the file; False when not all of it was sent."""
    if not (BUCKET_NAME and AWS_KEY and AWS_SECRET):
        local = os.path.join("static", "media", name)
        os.makedirs(os.path.dirname(local), exist_ok=True)
        shutil.copy(path, local)
        return "/" + local
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        bucket = connect().get_bucket(BUCKET_NAME)
        key = Key(bucket, name)
        headers = {
            "Content-Disposition": "attachment; filename=" + os.path.basename(path),
            "Content-Type": "image/png",
        }
        sent = key.set_contents_from_file(file, headers=headers, rewind=True)
        key.set_acl("public-read")
    if sent != size:
        return False
    return "%s://%s.s3.amazonaws.com/%s" % (SCHEME, BUCKET_NAME, name)


def main(verb, *rest):
    if verb == "upload":
        print(upload(*rest))
    elif verb == "list":
        for key in connect().get_bucket(BUCKET_NAME).list(prefix=rest[0]):
            print(key.name)
    elif verb == "buckets":
        for bucket in connect().get_all_buckets():
            print(bucket.name)


main(*sys.argv[1:])
