"""Runs commands of the aws program, each in a fork of a process that has loaded its code once.

What a command does is what the program does: a new session, with the environment, the folder and
the standard streams that it is given. One JSON object a line in, one a line out.
"""

import base64
import json
import os
import sys
import tempfile
import traceback

inherited = dict(os.environ)
import awscli.clidriver  # noqa: E402 -- It sets variables for itself, which are kept apart.

OWN_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if inherited.get(name) != value
}


def run_child(request, files):
    for number, file in enumerate(files):
        os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update({**OWN_ENVIRONMENT, **request["env"]})
    os.chdir(request["cwd"])
    sys.argv = ["aws", *request["args"]]
    try:
        return awscli.clidriver.main()
    except SystemExit as ended:
        return ended.code
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def run(request):
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out:
        with tempfile.TemporaryFile() as err:
            given.write(base64.b64decode(request["input"]))
            given.seek(0)
            pid = os.fork()
            if pid == 0:
                os._exit(run_child(request, (given, out, err)) or 0)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            answer = {"status": status}
            for name, file in (("stdout", out), ("stderr", err)):
                file.seek(0)
                answer[name] = base64.b64encode(file.read()).decode()
            return answer


def main():
    # Commands never see the streams on which they are asked for.
    requests = os.fdopen(os.dup(0))
    answers = os.fdopen(os.dup(1), "w")
    awscli.clidriver.create_clidriver()
    for line in requests:
        print(json.dumps(run(json.loads(line))), file=answers, flush=True)


main()
