"""Lets an hour and a minute pass, for every process whose clock goes by the file CLOCK."""

import email.utils
import os
import time
import urllib.error
import urllib.request

MINUTES = 61
# The server, and who hands out the role's credentials: their clocks follow within a second.
OTHERS = "http://s3.amazonaws.com/nobodys-bucket/", "http://169.254.169.254/latest/meta-data/"
# Of the processor: it is the one clock that does not move with the others.
PATIENCE_S = 10


def pass_an_hour():
    before = time.time()
    with open(os.environ["CLOCK"], "r+") as file:
        minutes = int(file.read().rstrip("m\n")) + MINUTES
        file.seek(0)
        file.write("%+dm" % minutes)
    patient = time.process_time() + PATIENCE_S
    clocks = time.time, *(lambda url=url: time_at(url) for url in OTHERS)
    while any(clock() < before + 3600 for clock in clocks):
        if time.process_time() > patient:
            raise TimeoutError("The clocks did not follow")


def time_at(url):
    try:
        answer = urllib.request.urlopen(url)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        return email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
