"""Real servers that the tests start: PostgreSQL, an S3-compatible store, MLflow on both."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.server)


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def answers(address: str, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).read()  # noqa: S310 - our own server
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > end:
                pytest.fail(f"{address} does not answer")
            time.sleep(0.3)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of its own; the URI of an empty database."""
    psycopg2 = pytest.importorskip("psycopg2", reason="the extra `server` is optional: pip install -e '.[server]'")
    programs = {name: shutil.which(name) for name in ("initdb", "postgres")}
    if not all(programs.values()):
        pytest.skip("no PostgreSQL on the PATH (initdb, postgres)")
    folder, port = tmp_path_factory.mktemp("postgresql"), free_port()
    who: dict = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("as root PostgreSQL needs a user called postgres")
        who = {"user": user.pw_uid, "group": user.pw_gid}
        for parent in (folder, *folder.parents[:3]):
            if parent.stat().st_uid == 0 and parent != Path("/tmp"):  # noqa: S108
                parent.chmod(0o755)
        os.chown(folder, user.pw_uid, user.pw_gid)
    data = folder / "data"
    made = [programs["initdb"], "-D", str(data), "-U", "sensorscape", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(made, check=True, capture_output=True, cwd=folder, **who)
    words = [programs["postgres"], "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-c", "fsync=off"]
    with (tmp_path_factory.mktemp("logs") / "postgresql.log").open("w") as log:
        server = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, **who)
        try:
            uri, end = f"postgresql://sensorscape@127.0.0.1:{port}/postgres", time.monotonic() + 60
            while True:
                try:
                    psycopg2.connect(uri).close()
                    break
                except psycopg2.OperationalError:
                    if server.poll() is not None or time.monotonic() > end:
                        pytest.fail("PostgreSQL did not start")
                    time.sleep(0.2)
            yield uri
        finally:
            server.terminate()
            server.wait(30)


@pytest.fixture(scope="session")
def bucket() -> Iterator[tuple[str, dict[str, str]]]:
    """An S3-compatible server with one bucket: its URI, and the variables that lead to it."""
    pytest.importorskip("moto.server", reason="moto is no dependency: pip install 'moto[server]'")
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", free_port())
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        variables = {
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "MLFLOW_S3_ENDPOINT_URL": address,
        }
        session = boto3.Session("nobody", "nothing", region_name="us-east-1")
        client = session.client("s3", endpoint_url=address)
        client.create_bucket(Bucket="lab")
        yield "s3://lab/mlflow", variables
    finally:
        server.stop()


@dataclass
class Server:
    """An MLflow server that can be stopped and started again at the same address."""

    words: list[str]
    address: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None

    def start(self) -> None:
        quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        with (self.folder / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                self.words,
                cwd=self.folder,
                env=os.environ | quiet | self.variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        answers(f"{self.address}/health")

    def stop(self) -> None:
        if self.process:
            os.killpg(self.process.pid, 15)
            self.process.wait(30)
            self.process = None


@pytest.fixture
def mlflow_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts MLflow servers: `mlflow_server(backend, artifacts, variables)`."""
    started: list[Server] = []

    def start(backend: str, artifacts: str, variables: dict[str, str] | None = None) -> Server:
        port, folder = free_port(), tmp_path / f"mlflow-{len(started)}"
        folder.mkdir()
        words = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", backend, "--artifacts-destination", artifacts]
        words += ["--host", "127.0.0.1", "--port", str(port), "--workers", "2"]
        server = Server(words, f"http://127.0.0.1:{port}", folder, variables or {})
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()
