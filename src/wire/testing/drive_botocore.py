"""Drives botocore for the round-trip tests: one JSON object a line in, one a line out.

The first line names the service and the endpoint. {"describe": true} asks what the installed model
knows, everything else names an operation and its input. Bytes travel as {"$bytes": base64} and times as
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


def member_paths(shape, path, above=()):
    """The paths of all members below a shape, as a drift report spells them."""
    if shape is None or shape in above:
        return
    inside = (*above, shape)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield f"{path}.{name}"
            yield from member_paths(member, f"{path}.{name}", inside)
    elif shape.type_name == "list":
        yield from member_paths(shape.member, f"{path}.member", inside)
    elif shape.type_name == "map":
        yield from member_paths(shape.value, f"{path}.value", inside)


def describe(client):
    """The operations and members that this release has in its model."""
    model = client.meta.service_model
    paths = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        paths.append(name)
        paths.extend(member_paths(operation.input_shape, f"{name}.input"))
        paths.extend(member_paths(operation.output_shape, f"{name}.output"))
    return {"answer": {"paths": paths}}


def call(client, line):
    request = json.loads(line, object_hook=revive)
    if "describe" in request:
        return describe(client)
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
