"""Runs the functions named step_* of a script in order, and prints one line of JSON for each."""

import json
import socket
import sys
import traceback

_getaddrinfo = socket.getaddrinfo


def resolve_here():
    """Takes AWS's host names, and those that not every resolver takes here, to this machine."""

    def getaddrinfo(host, *more, **options):
        ours = isinstance(host, str) and host.endswith((".localhost", ".amazonaws.com"))
        return _getaddrinfo("127.0.0.1" if ours else host, *more, **options)

    socket.getaddrinfo = getaddrinfo


def run(names):
    resolve_here()
    for name, step in list(names.items()):
        if not name.startswith("step_"):
            continue
        error = None
        try:
            step()
        except BaseException:
            error = traceback.format_exc()
        print(json.dumps({"step": name[5:].replace("_", " "), "error": error}))
        sys.stdout.flush()


def refused(call, *codes):
    """Calls what must fail with one of the codes, or statuses, of S3."""
    try:
        call()
    except Exception as error:
        response = getattr(error, "response", None)
        found = response["Error"]["Code"] if response else getattr(error, "error_code", None)
        status = getattr(error, "status", None)
        if found in codes or status in codes:
            return
        raise
    raise AssertionError("it was allowed")
