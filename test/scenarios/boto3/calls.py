"""Does the calls it reads, a line of JSON each, with boto3, and prints what each returned. Arguments: endpoint.

A line without an operation asks for the names of those that boto3 knows.
"""

import base64
import json
import sys

import boto3
from botocore import xform_name

cognito = boto3.client(
    "cognito-idp",
    region_name="us-east-1",
    endpoint_url=sys.argv[1],
    aws_access_key_id="local",
    aws_secret_access_key="local",
)


def with_bytes(members):
    """Bytes come as base64, as on the wire; boto3 takes them as they are."""
    return {
        name: base64.b64decode(value) if name in ("Bytes", "ImageFile") else value
        for name, value in members.items()
    }


for line in sys.stdin:
    request = json.loads(line, object_hook=with_bytes)
    try:
        if "operation" in request:
            call = getattr(cognito, xform_name(request["operation"]))
            answer = {"output": call(**request["input"])}
        else:
            answer = {"output": list(cognito.meta.service_model.operation_names)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, default=str), flush=True)
