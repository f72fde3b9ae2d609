"""What orga-server's upload does, with boto 2 as it comes: AWS's host, https, Signature V2."""

import sys

import boto
from boto.s3.key import Key

connection = boto.connect_s3()
assert connection.host == "s3.amazonaws.com" and connection.is_secure
bucket = connection.get_bucket(sys.argv[1])
key = Key(bucket)
key.key = "a dir/hello"
for _ in range(2):
    key.set_contents_from_string("hello from boto 2")
key.set_acl("public-read")
print(key.generate_url(0, query_auth=False))
