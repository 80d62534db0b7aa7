"""The herd of `stampede_benches::Herd` as a SimPy user would write it.

Called as `herd.py JOBS RUNS`; prints the events of all runs and the seconds
they took. An event is counted where the fleet's own record counts it: a job
started, a token came, a request reached STS, its answer came back, a pause was
over. Of STS it has the token bucket and the latency and nothing else: no keys,
no validation, no record of what happened.
"""

import math
import random
import sys
import time

import simpy


class Bucket:
    """A token bucket that is refilled once a second."""

    def __init__(self, rate):
        self.rate = self.tokens = rate
        self.second = 0

    def take(self, now):
        second = int(now)
        if second > self.second:
            self.tokens = min(self.rate, self.tokens + self.rate * (second - self.second))
            self.second = second
        if self.tokens == 0:
            return False
        self.tokens -= 1
        return True


def hop():
    return random.uniform(0.005, 0.015)


def job(env, bucket, counted):
    yield env.timeout(random.uniform(0, 1))
    yield env.timeout(0.06)
    events, failed = 2, 0
    while True:
        yield env.timeout(hop())
        granted = bucket.take(env.now)
        yield env.timeout(random.lognormvariate(math.log(0.11), 0.35) + hop())
        events += 2
        if granted:
            break
        failed += 1
        yield env.timeout(random.uniform(0, min(20, 2 ** (failed - 1))))
        events += 1
    counted[0] += events


def main(jobs, runs):
    counted = [0]
    began = time.perf_counter()
    for seed in range(runs):
        random.seed(seed)
        env = simpy.Environment()
        bucket = Bucket(jobs // 40)
        for _ in range(jobs):
            env.process(job(env, bucket, counted))
        env.run()
    print(counted[0], time.perf_counter() - began)


main(int(sys.argv[1]), int(sys.argv[2]))
