"""Drives botocore for the round-trip tests: one JSON object a line in, one a line out.

The first line names the service and the endpoint. Bytes travel as {"$bytes": base64} and times as
{"$date": ISO 8601}, because JSON has neither.
"""

import base64
import datetime
import json
import sys

import botocore.response
import botocore.session
from botocore.config import Config

SETTINGS = {
    "parameter_validation": False,
    "retries": {"total_max_attempts": 1},
    "s3": {"addressing_style": "path"},
}
CHECKSUMS = {
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


def make_client(service, endpoint):
    try:
        config = Config(**SETTINGS, **CHECKSUMS)
    except TypeError:  # Releases before 1.36 neither know these nor add checksums unasked.
        config = Config(**SETTINGS)
    return botocore.session.get_session().create_client(
        service,
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=config,
    )


def revive(entry):
    if "$bytes" in entry:
        return base64.b64decode(entry["$bytes"])
    if "$date" in entry:
        return datetime.datetime.fromisoformat(entry["$date"].replace("Z", "+00:00"))
    return entry


def flatten(value):
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$date": value.astimezone(datetime.timezone.utc).isoformat()}
    if isinstance(value, botocore.response.StreamingBody):
        return flatten(value.read())
    raise TypeError(type(value).__name__)


def call(client, line):
    request = json.loads(line, object_hook=revive)
    names = client.meta.method_to_api_mapping
    method = next(m for m, operation in names.items() if operation == request["operation"])
    answer = getattr(client, method)(**request["input"])
    del answer["ResponseMetadata"]
    return {"answer": answer}


def main():
    first = json.loads(sys.stdin.readline())
    client = make_client(first["service"], first["endpoint"])
    for line in sys.stdin:
        try:
            result = json.dumps(call(client, line), default=flatten)
        except Exception as error:  # Whatever it is, the test that asked reports it.
            result = json.dumps({"error": f"{type(error).__name__}: {error}"})
        print(result, flush=True)


main()
