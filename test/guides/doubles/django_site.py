"""A double of the Django site of guide 003: its storage settings, and what it does with its bucket.

The bucket's name is in the settings, the keys are in a module of their own that no repository holds;
without that module the machine's role is used. Prints one line for each step.
"""

import hashlib
import importlib.util
import os
import sys

import django
from django.conf import settings


def secrets():
    """The keys of secret.py beside the settings, if it is there."""
    path = os.path.join(os.environ["HOME"], "secret.py")
    if not os.path.exists(path):
        return {}
    spec = importlib.util.spec_from_file_location("secret", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        "AWS_S3_ACCESS_KEY_ID": module.AWS_ACCESS_KEY_ID,
        "AWS_S3_SECRET_ACCESS_KEY": module.AWS_SECRET_ACCESS_KEY,
    }


settings.configure(
    DEFAULT_FILE_STORAGE="storages.backends.s3boto3.S3Boto3Storage",
    AWS_STORAGE_BUCKET_NAME=os.environ.get("BUCKET", "cccs-docs"),
    AWS_DEFAULT_ACL="public-read",
    AWS_QUERYSTRING_AUTH=os.environ.get("QUERYSTRING_AUTH") != "no",
    AWS_S3_FILE_OVERWRITE=False,
    USE_TZ=True,
    **secrets(),
)
django.setup()

from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import default_storage as storage  # noqa: E402

FOLDER = "documents/2015/06"


def walk(folder=""):
    """Every key of the bucket, as the importer sees it."""
    folders, files = storage.listdir(folder)
    for name in files:
        yield os.path.join(folder, name)
    for name in folders:
        yield from walk(os.path.join(folder, name))


def save():
    content = ContentFile(b"the minutes of the meeting")
    print(storage.save(FOLDER + "/minutes.txt", content))


def look():
    name = FOLDER + "/minutes.txt"
    print(storage.exists(name), storage.exists(FOLDER + "/none.txt"), storage.size(name))
    print(storage.get_modified_time(name).year)


def sums():
    for name in sorted(walk()):
        with storage.open(name) as file:
            print(hashlib.sha1(file.read()).hexdigest(), name)


def url():
    print(storage.url(FOLDER + "/minutes.txt"))


def delete():
    storage.delete(FOLDER + "/minutes.txt")
    print(storage.exists(FOLDER + "/minutes.txt"))


for step in sys.argv[1:]:
    globals()[step]()
