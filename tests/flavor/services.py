"""PostgreSQL, an S3-compatible store and servers of MLflow's, on loopback, for one test module."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

BUCKET = "models"
OBJECT_STORE_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def running(command, folder, *, ready, environment=None, user=None, seconds=180):
    """Run a server until the block ends; it is there once `ready()` says so."""
    log = Path(folder, f"{Path(command[0]).name}-{free_port()}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            user=user,
            start_new_session=True,
        )
    try:
        wait_until(ready, process, log, seconds)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(ready, process, log, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, urllib.error.URLError):
            ready()
            return
        time.sleep(0.2)
    raise RuntimeError(f"{process.args} did not start:\n{log.read_text(errors='replace')[-4000:]}")


def connects(port):
    def ready():
        socket.create_connection(("127.0.0.1", port), 1).close()

    return ready


def answers(url):
    def ready():
        urllib.request.urlopen(url, timeout=5).close()

    return ready


def postgres_folder():
    """Return the folder of PostgreSQL's programs, the newest version's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent


@contextlib.contextmanager
def postgresql():
    """Yield the URI of an empty database; PostgreSQL does not run as root."""
    programs, port = postgres_folder(), free_port()
    user = "postgres" if os.geteuid() == 0 else None
    data = Path(tempfile.mkdtemp(prefix="dspy-flavor-postgresql-"))  # pytest's are its owner's only
    if user is not None:
        shutil.chown(data, user)
    initdb = [programs / "initdb", "-D", data, "-U", "mlflow", "-A", "trust", "--no-sync"]
    subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=data)
    command = [programs / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1"]
    command += ["-k", data, "-c", "fsync=off"]
    uri = f"postgresql://mlflow@127.0.0.1:{port}/postgres"
    try:
        with running([str(part) for part in command], data, ready=takes(uri), user=user):
            yield uri
    finally:
        shutil.rmtree(data, ignore_errors=True)


def takes(uri):
    """It listens before it takes connections."""
    import psycopg

    def ready():
        try:
            psycopg.connect(uri).close()
        except psycopg.OperationalError as error:
            raise OSError(str(error)) from error

    return ready


@contextlib.contextmanager
def object_store(folder):
    """Yield the URL of an S3-compatible store with one bucket."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, folder, ready=connects(port), environment=OBJECT_STORE_ENVIRONMENT):
        url = f"http://127.0.0.1:{port}"
        client(url).create_bucket(Bucket=BUCKET)
        yield url


def client(url):
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        region_name="us-east-1",
    )


def objects(url):
    """Return key and content of every object."""
    store = client(url)
    pages = store.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return {key: store.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


@contextlib.contextmanager
def tracking_server(folder, database, store):
    """Yield the URL of an MLflow server with both behind it: clients see no credentials of it."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", database.replace("postgresql:", "postgresql+psycopg:")]
    command += ["--artifacts-destination", f"s3://{BUCKET}/artifacts"]
    environment = {
        **OBJECT_STORE_ENVIRONMENT,
        "MLFLOW_S3_ENDPOINT_URL": store,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    url = f"http://127.0.0.1:{port}"
    with running(command, folder, ready=answers(f"{url}/health"), environment=environment):
        yield url


@contextlib.contextmanager
def scoring_server(folder, model):
    """Yield the URL that answers a model's inputs, as `mlflow models serve` runs it."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model)]
    command += ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    url = f"http://127.0.0.1:{port}"
    with running(command, folder, ready=answers(f"{url}/ping"), environment={"PATH": path}):
        yield f"{url}/invocations"
