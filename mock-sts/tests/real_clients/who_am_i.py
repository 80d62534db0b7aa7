"""Asks STS who it is, and prints account, ARN and user id.

The argument says where credentials come from: `implicit` is boto3's own chain
of providers, `explicit` a call of AssumeRoleWithWebIdentity.
"""

import os
import sys

import boto3
from botocore.exceptions import ClientError


def explicit_session():
    with open(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"], encoding="ascii") as file:
        token = file.read()
    granted = boto3.client("sts").assume_role_with_web_identity(
        RoleArn=os.environ["AWS_ROLE_ARN"],
        RoleSessionName=os.environ["AWS_ROLE_SESSION_NAME"],
        WebIdentityToken=token,
    )["Credentials"]
    return boto3.Session(
        aws_access_key_id=granted["AccessKeyId"],
        aws_secret_access_key=granted["SecretAccessKey"],
        aws_session_token=granted["SessionToken"],
    )


SESSIONS = {"implicit": boto3.Session, "explicit": explicit_session}

try:
    me = SESSIONS[sys.argv[1]]().client("sts").get_caller_identity()
except ClientError as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(me["Account"], me["Arn"], me["UserId"])
