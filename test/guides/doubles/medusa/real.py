"""Runs the real Medusa's command line on a machine that has no Cassandra: a folder stands for its snapshots.

Usage: real.py DATA ARGUMENT…, the arguments being those of `medusa`. What an installation may lack,
since it is for other clouds or for Cassandra, is made up.
"""

import importlib
import pathlib
import sys
from types import SimpleNamespace
from unittest.mock import MagicMock

NOT_NEEDED = (
    "azure azure.core azure.core.credentials azure.identity azure.storage azure.storage.blob azure.storage.blob.aio "
    "cassandra cassandra.auth cassandra.cluster cassandra.policies cassandra.util datadog datadog.dogstatsd "
    "fasteners gcloud gcloud.aio gcloud.aio.storage gevent pssh pssh.clients pssh.clients.native "
    "pssh.clients.native.parallel pssh.clients.ssh pssh.clients.ssh.parallel"
)


def make_up_what_is_missing():
    for name in NOT_NEEDED.split():
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = MagicMock()
    try:
        import click_aliases
    except ImportError:
        import click

        class WithoutAliases(click.Group):
            def command(self, *words, aliases=(), **options):
                return super().command(*words, **options)

        sys.modules["click_aliases"] = SimpleNamespace(ClickAliasedGroup=WithoutAliases)


class Folder:
    """A Cassandra that holds the folder KEYSPACE/TABLE/FILE."""

    data = pathlib.Path(sys.argv[1]).resolve()

    def __init__(self, config):
        self.node = config.storage.fqdn

    def new_session(self, *_):
        return self

    def create_snapshot(self, name, *_):
        """As in Cassandra, further links to the files, at KEYSPACE/TABLE/snapshots/NAME."""
        self.root = self.data.with_name("snapshots-of-" + name)
        for file in self.data.glob("*/*/*"):
            table = self.root / file.parent.relative_to(self.data) / "snapshots" / name
            table.mkdir(parents=True, exist_ok=True)
            (table / file.name).hardlink_to(file)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def dump_schema(self):
        return "CREATE KEYSPACE shop;"

    def tokenmap(self):
        return {self.node: {"tokens": [0], "is_up": True, "rack": "r1", "dc": "dc1"}}

    def get_server_type_and_release_version(self):
        return "cassandra", "4.1.0"

    def find_dirs(self):
        from medusa.cassandra_utils import SnapshotPath

        for snapshot in sorted(self.root.glob("*/*/snapshots/*")):
            keyspace, table, *_ = snapshot.relative_to(self.root).parts
            yield SnapshotPath(snapshot, keyspace, table)


make_up_what_is_missing()
import medusa.backup_node
from medusa.medusacli import cli

medusa.backup_node.Cassandra = Folder
cli(sys.argv[2:], prog_name="medusa")
