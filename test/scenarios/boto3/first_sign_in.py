"""A first sign-in as a program with boto3 does it. Arguments: endpoint. Prints what it saw as JSON."""

import json
import sys

import boto3

TEMPORARY, PERMANENT = "First-Day-Pass-1", "Correct-Horse-9"

cognito = boto3.client(
    "cognito-idp",
    region_name="us-east-1",
    endpoint_url=sys.argv[1],
    aws_access_key_id="local",
    aws_secret_access_key="local",
)

pool_id = cognito.create_user_pool(PoolName="boto3")["UserPool"]["Id"]
client_id = cognito.create_user_pool_client(
    UserPoolId=pool_id, ClientName="boto3", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
)["UserPoolClient"]["ClientId"]
created = cognito.admin_create_user(
    UserPoolId=pool_id,
    Username="ana",
    TemporaryPassword=TEMPORARY,
    MessageAction="SUPPRESS",
    UserAttributes=[{"Name": "email", "Value": "ana@example.com"}],
)["User"]


def sign_in(password):
    return cognito.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ana", "PASSWORD": password},
    )


try:
    sign_in(PERMANENT)
    refused = None
except cognito.exceptions.NotAuthorizedException as error:
    refused = error.response["Error"]

challenge = sign_in(TEMPORARY)
answer = cognito.respond_to_auth_challenge(
    ClientId=client_id,
    ChallengeName=challenge["ChallengeName"],
    Session=challenge["Session"],
    ChallengeResponses={"USERNAME": "ana", "NEW_PASSWORD": PERMANENT},
)
tokens = answer["AuthenticationResult"]
user = cognito.get_user(AccessToken=tokens["AccessToken"])
pages = cognito.get_paginator("list_users").paginate(UserPoolId=pool_id)
listed = [person["Username"] for page in pages for person in page["Users"]]
cognito.delete_user_pool(UserPoolId=pool_id)

print(
    json.dumps(
        {
            "statusCode": answer["ResponseMetadata"]["HTTPStatusCode"],
            "createdStatus": created["UserStatus"],
            "createdAtIsDate": created["UserCreateDate"].tzinfo is not None,
            "refused": refused,
            "challenge": challenge["ChallengeName"],
            "tokens": sorted(tokens),
            "username": user["Username"],
            "attributes": {entry["Name"]: entry["Value"] for entry in user["UserAttributes"]},
            "listed": listed,
        }
    )
)
