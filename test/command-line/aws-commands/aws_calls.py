"""Runs the command lines it reads, a JSON array of words each, as the `aws` command does, and prints what each wrote and its status.

All in one process, as starting it takes longer than a call; each command line gets a driver of its own. Arguments: endpoint.
"""

import contextlib
import io
import json
import os
import sys
import tempfile

from awscli.clidriver import create_clidriver
from awscli.shorthand import ShorthandParseError

# As version 2 does, and unlike version 1 unless told so: a value that begins with https:// is a value.
configuration = tempfile.NamedTemporaryFile("w", suffix=".ini")
configuration.write("[default]\ncli_follow_urlparam = false\n")
configuration.flush()
os.environ.update(
    AWS_ACCESS_KEY_ID="local",
    AWS_SECRET_ACCESS_KEY="local",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_ENDPOINT_URL=sys.argv[1],
    AWS_PAGER="",
    AWS_CONFIG_FILE=configuration.name,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_MAX_ATTEMPTS="1",
)

sys.argv = ["aws"]

# Some releases print the braces of an expression instead of the place that it stands for.
location = "{self._error_location()}"
construct = ShorthandParseError.__subclasses__()


def mended(kind):
    original = kind._construct_msg

    def message(self):
        return original(self).replace(location, self._error_location())

    kind._construct_msg = message


for kind in construct:
    mended(kind)

# The model is read once.
loader = create_clidriver().session.get_component("data_loader")


def run(words):
    driver = create_clidriver()
    driver.session.register_component("data_loader", loader)
    return driver.main(words)


for line in sys.stdin:
    printed, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complained):
        try:
            status = run(json.loads(line))
        except SystemExit as end:
            status = end.code
    answer = {"output": printed.getvalue(), "errors": complained.getvalue(), "status": status}
    print(json.dumps(answer), flush=True)
