"""Does the calls it reads, a line of JSON each, with the AWS CLI, and prints what each returned. Arguments: endpoint.

The CLI runs as the `aws` command runs it, from the words of the command line to the text that it prints, but in one process for all
calls, as starting it takes longer than a call. A line without an operation asks for the names of those that the CLI has commands for.
"""

import base64
import contextlib
import io
import json
import os
import sys
import tempfile

from awscli.clidriver import create_clidriver
from botocore import xform_name

os.environ.update(
    AWS_ACCESS_KEY_ID="local",
    AWS_SECRET_ACCESS_KEY="local",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_ENDPOINT_URL=sys.argv[1],
    AWS_PAGER="",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_MAX_ATTEMPTS="1",
)
driver = create_clidriver()


def names():
    commands = driver.create_help_command().command_table["cognito-idp"].create_help_command().command_table
    model = driver.session.get_service_model("cognito-idp")
    return [name for name in model.operation_names if xform_name(name, "-") in commands]


def run(operation, given, directory):
    words = []
    if "ImageFile" in given:
        image = os.path.join(directory, "image")
        with open(image, "wb") as file:
            file.write(base64.b64decode(given.pop("ImageFile")))
        words = ["--image-file", f"fileb://{image}"]
    for asset in given.get("Assets", []):
        # Within a list the CLI takes bytes as text.
        asset["Bytes"] = base64.b64decode(asset["Bytes"]).decode()
    printed, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complained):
        command = ["cognito-idp", xform_name(operation, "-"), "--cli-input-json", json.dumps(given)]
        status = driver.main([*command, *words, "--output", "json"])
    if status != 0:
        return {"error": complained.getvalue().strip()}
    return {"output": json.loads(printed.getvalue() or "{}")}


for line in sys.stdin:
    request = json.loads(line)
    try:
        if "operation" in request:
            with tempfile.TemporaryDirectory() as directory:
                answer = run(request["operation"], request["input"], directory)
        else:
            answer = {"output": names()}
    except BaseException as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
