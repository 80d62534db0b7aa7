"""A client of STS whose every habit is an argument, so that a census of it has
one right answer.

KEY=VALUE arguments: tries, base and cap (seconds), shape (fixed, full), factor,
retry (error codes and http statuses; `lost` for no answer), hints (honour or
not), token (keep, read, fetch), keep-alive, after (seconds slept after the last
try).
"""

import http.client
import json
import os
import random
import re
import sys
import time
import urllib.parse

HABITS = {
    "tries": "4", "base": "0.1", "cap": "100", "shape": "fixed", "factor": "1",
    "retry": "Throttling,500,503,lost", "hints": "ignore", "token": "keep",
    "alive": "no", "after": "0",
}
HABITS.update(argument.split("=", 1) for argument in sys.argv[1:])
# The same draws in every test run: a census of few runs may well take a factor for another.
random.seed(f"2398-{os.environ['STAMPEDE_JOB_ID']}")
STS = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL_STS"])


def fetched():
    url = urllib.parse.urlsplit(os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"])
    bearer = os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    asked = http.client.HTTPConnection(url.hostname, url.port)
    asked.request("GET", f"{url.path}?{url.query}&audience=sts.amazonaws.com",
                  headers={"Authorization": f"Bearer {bearer}"})
    return json.load(asked.getresponse())["value"]


def read():
    with open(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"], encoding="ascii") as file:
        return file.read()


def connect():
    return http.client.HTTPConnection(STS.hostname, STS.port, timeout=1.0)


def attempt(connection, token):
    """Its status, the error code or the access key, and what it was told to wait."""
    form = urllib.parse.urlencode({
        "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15",
        "RoleArn": os.environ["AWS_ROLE_ARN"],
        "RoleSessionName": os.environ["AWS_ROLE_SESSION_NAME"], "WebIdentityToken": token,
    })
    try:
        connection.request("POST", "/", form, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        body = answer.read().decode()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0, "lost", 0.0
    wanted = int(answer.headers.get("x-amz-retry-after", "0")) / 1000
    found = re.search("<(?:Code|AccessKeyId)>(.*?)</", body)
    return answer.status, found[1] if found else "unreadable", wanted


def wait(turn, wanted):
    ceiling = min(float(HABITS["cap"]), float(HABITS["base"]) * float(HABITS["factor"]) ** turn)
    pause = random.random() * ceiling if HABITS["shape"] == "full" else ceiling
    time.sleep(max(pause, wanted) if HABITS["hints"] == "honour" else pause)


token, connection = read(), connect()
for turn in range(int(HABITS["tries"])):
    if HABITS["token"] == "read" and turn:
        token = read()
    elif HABITS["token"] == "fetch":
        token = fetched()
    status, word, wanted = attempt(connection, token)
    if status == 200 and word != "unreadable":
        sys.exit(0)
    retried = HABITS["retry"].split(",")
    if word not in retried and str(status) not in retried:
        sys.exit(f"gave up on {word}")
    if HABITS["alive"] == "no":
        connection.close()
        connection = connect()
    if turn + 1 < int(HABITS["tries"]):
        wait(turn, wanted)
time.sleep(float(HABITS["after"]))
sys.exit(f"still {word} after all tries")
