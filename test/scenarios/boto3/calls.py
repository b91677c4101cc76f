"""Does the calls it reads, a line of JSON each, with boto3, and prints what each returned. Arguments: endpoint."""

import json
import sys

import boto3

cognito = boto3.client(
    "cognito-idp",
    region_name="us-east-1",
    endpoint_url=sys.argv[1],
    aws_access_key_id="local",
    aws_secret_access_key="local",
)

CALLS = {
    "InitiateAuth": lambda given: cognito.initiate_auth(**given),
    "RespondToAuthChallenge": lambda given: cognito.respond_to_auth_challenge(**given),
    "AdminInitiateAuth": lambda given: cognito.admin_initiate_auth(**given),
    "AdminRespondToAuthChallenge": lambda given: cognito.admin_respond_to_auth_challenge(**given),
    "AssociateSoftwareToken": lambda given: cognito.associate_software_token(**given),
    "VerifySoftwareToken": lambda given: cognito.verify_software_token(**given),
    "GetTokensFromRefreshToken": lambda given: cognito.get_tokens_from_refresh_token(**given),
}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"output": CALLS[request["operation"]](request["input"])}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, default=str), flush=True)
