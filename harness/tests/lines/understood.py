"""Prints what botocore understood of the lines: the mode, and the attempts in all."""

import os
import sys

import botocore.session

how = sys.argv[1]
if how == "python":
    import boto3

    lines = {"boto3": boto3}
    with open(sys.argv[2], encoding="utf-8") as file:
        exec(file.read(), lines)
    sts = lines["sts"]
else:
    if how == "config":
        os.environ["AWS_CONFIG_FILE"] = sys.argv[2]
    sts = botocore.session.get_session().create_client("sts")
retries = sts.meta.config.retries
print(retries["mode"], retries["total_max_attempts"])
