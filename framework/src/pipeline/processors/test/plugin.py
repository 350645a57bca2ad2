"""A plugin for tests: what it does stands in the event's data, as `do`."""
import json
import os
import signal
import sys
import time

waiting = []


def answer(request, **members):
    sys.stdout.write(json.dumps({"id": request["id"], **members}) + "\n")
    sys.stdout.flush()


for line in sys.stdin:
    request = json.loads(line)
    method = request["method"]
    if method == "init":
        options = request["params"]["options"]
        if options.get("stubborn"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.stderr.write("started with " + os.environ.get("TOKEN", "no token") + "\n")
        sys.stderr.flush()
        answer(request, result={"name": "python", "version": "1"})
    elif method == "shutdown":
        if options.get("stubborn"):
            time.sleep(3600)
        answer(request, result={})
        break
    elif method == "ping":
        answer(request, result={})
    else:
        event = request["params"]["event"]
        data = event["data"]
        do = data.get("do")
        if do == "discard":
            answer(request, result={"discard": True, "reason": "unwanted"})
        elif do == "crash":
            sys.exit(3)
        elif do == "silent":
            waiting.append(request)
        elif do == "late":
            for late in waiting:
                answer(late, result={"event": {"data": "late"}})
            answer(request, result={"event": {"data": "in time"}})
        elif do == "garbage":
            print("this is no answer", flush=True)
        elif do == "refuse":
            answer(request, error={"code": "E1", "message": "no, by " + os.environ.get("TOKEN", ""), "retryable": False})
        elif do == "environment":
            answer(request, result={"event": {"data": sorted(os.environ)}})
        else:
            answer(request, result={"event": {"eventType": "changed", "data": {**data, "by": "python", "keys": event["keys"]}}})
